import Architectures
import Checkpoints
import Vocabulary

/// A model's operations on one whole prompt, in double precision, with its change switched on token by token.
///
/// An adapted weight is W + m·dW with m the token's mask: a token computes Wx + m·dWx, and nothing is skipped where m
/// is 0.
package struct ReferenceModel: Sendable {
  let model: Model
  let adaptation: Adaptation?
  let masks: ReferenceMasks
  /// By token, the position that rotary and learned embeddings take; nil where they count the tokens.
  let positionIDs: [Int]?
  let threads: Int

  /// What the base runs by.
  package var description: ModelDescription { model.description }

  /// Rows of a matrix that are widened at once, so that an output head is never in memory whole.
  private static let chunk = 2048

  /// A model with its change.
  /// - Parameters:
  ///   - model: The base.
  ///   - adaptation: What is added to it; nil stands for the base itself.
  ///   - masks: Where it acts.
  ///   - positionIDs: By token, the position that rotary and learned embeddings take; nil where they count the tokens.
  ///   - threads: Threads that share a product, at least 1; no result depends on it.
  package init(
    model: Model, adaptation: Adaptation?, masks: ReferenceMasks = ReferenceMasks(), positionIDs: [Int]? = nil,
    threads: Int = 2
  ) {
    self.model = model
    self.adaptation = adaptation
    self.masks = masks
    self.positionIDs = positionIDs
    self.threads = threads
  }

  /// (W + m·dW)·x + b + m·db for the rows of a projection.
  func apply(
    _ projection: Projection, at site: Site? = nil, to x: TokenVectors
  ) throws(CheckpointError) -> TokenVectors {
    var y = try applyBase(projection, to: x)
    guard adaptation?.linears[projection.linear.module] != nil else { return y }
    y.add(try change(of: projection, at: site, times: x))
    addBiasChange(of: projection, at: site, to: &y)
    return y
  }

  /// W·x + b, the base's own output.
  func applyBase(_ projection: Projection, to x: TokenVectors) throws(CheckpointError) -> TokenVectors {
    var y = try base(projection, times: x)
    if let bias = try model.bias(projection.linear, rows: projection.rows) { y.add(bias) }
    return y
  }

  /// W·x.
  func base(_ projection: Projection, times x: TokenVectors) throws(CheckpointError) -> TokenVectors {
    try joinRows(of: projection, x.positions) { rows throws(CheckpointError) in
      x.times(try baseWeight(projection.linear, rows: rows), outputs: rows.count, threads: threads)
    }
  }

  /// m·dW·x.
  func change(
    of projection: Projection, at site: Site?, times x: TokenVectors
  ) throws(CheckpointError) -> TokenVectors {
    let linear = projection.linear
    guard let change = adaptation?.linears[linear.module] else {
      return TokenVectors(positions: x.positions, width: projection.rows.count)
    }
    let mask = masks[site]
    return try joinRows(of: projection, x.positions) { rows throws(CheckpointError) in
      var y = TokenVectors(positions: x.positions, width: rows.count)
      for part in change.lowRank {
        let inner = x.times(part.a.map(Double.init), outputs: part.rank, threads: threads)
        let b = part.b[rows.lowerBound * part.rank..<rows.upperBound * part.rank].map(Double.init)
        y.add(inner.times(b, outputs: rows.count, threads: threads) * part.scale, mask: mask.lowRank)
      }
      if let dense = change.dense {
        let difference = try doubles(rows.count * linear.inputs) { target throws(CheckpointError) in
          try dense.form(RowSelection(rows), target)
        }
        y.add(x.times(difference, outputs: rows.count, threads: threads), mask: mask.other)
      }
      return y
    }
  }

  /// Adds m·db.
  func addBiasChange(of projection: Projection, at site: Site?, to y: inout TokenVectors) {
    guard let change = adaptation?.linears[projection.linear.module] else { return }
    let mask = masks[site]
    func rows(_ bias: [Float]) -> [Float] { projection.rows.runs.flatMap { bias[$0] } }
    for bias in change.lowRank.compactMap(\.bias) { y.add(rows(bias), mask: mask.lowRank) }
    if let bias = change.bias { y.add(rows(bias), mask: mask.other) }
  }

  /// Rows of W, (rows × inputs).
  func baseWeight(_ linear: Linear, rows: Range<Int>) throws(CheckpointError) -> [Double] {
    try doubles(rows.count * linear.inputs) { target throws(CheckpointError) in
      try model.weight(linear, rows: RowSelection(rows), into: target)
    }
  }

  /// The columns of a projection's output side by side, a chunk of rows of its weight at a time.
  private func joinRows(
    of projection: Projection, _ positions: Range<Int>,
    _ output: (Range<Int>) throws(CheckpointError) -> TokenVectors
  ) throws(CheckpointError) -> TokenVectors {
    var y = TokenVectors(positions: positions, width: projection.rows.count)
    var column = 0
    for run in projection.rows.runs {
      for start in stride(from: run.lowerBound, to: run.upperBound, by: Self.chunk) {
        let rows = start..<min(start + Self.chunk, run.upperBound)
        y.add(try output(rows), column: column)
        column += rows.count
      }
    }
    return y
  }

  /// What a callback writes, widened.
  func doubles(
    _ count: Int, _ write: (UnsafeMutablePointer<Float>) throws(CheckpointError) -> Void
  ) throws(CheckpointError) -> [Double] {
    let floats = UnsafeMutablePointer<Float>.allocate(capacity: count)
    defer { floats.deallocate() }
    floats.initialize(repeating: 0, count: count)
    try write(floats)
    return UnsafeBufferPointer(start: floats, count: count).map(Double.init)
  }
}
