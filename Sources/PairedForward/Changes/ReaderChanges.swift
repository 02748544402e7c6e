import LinearAlgebra

/// What a reader of the stream makes of its change beside what was written, kept while it reads. Where other layers read a layer's keys
/// too, it is kept for them.
struct ReaderChanges: Sendable {
  /// By token what the reader's norm adds by dividing by another length, and what its own change does, (2 · tokens, hidden).
  let rest: Matrix
  /// 1/r′ of the reader's norm, (tokens, 1).
  let inverse: Matrix
  /// 1/r′ of the norms on queries and keys, (tokens, q + k); only where a layer has any.
  let normInverse: Matrix?
  /// What a clip makes of a unit of change, (tokens, q + k); only where a layer has one.
  let clipSecants: Matrix?

  /// - Parameter width: Of queries and keys in the widest layer.
  init(tokens: Int, hidden: Int, width: Int, hasNorms: Bool, clips: Bool) {
    rest = Matrix(rows: 2 * tokens, columns: hidden)
    inverse = Matrix(rows: tokens, columns: 1)
    normInverse = hasNorms ? Matrix(rows: tokens, columns: width) : nil
    clipSecants = clips ? Matrix(rows: tokens, columns: width) : nil
  }

  /// What another length adds, and what a changed norm does, of a token.
  func rest(_ token: Int) -> (length: UnsafeMutablePointer<Float>, gain: UnsafeMutablePointer<Float>) {
    (rest.view[2 * token], rest.view[2 * token + 1])
  }
}
