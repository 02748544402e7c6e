import LinearAlgebra

/// A vector divided by a length, factor·x/√(Σx² + ε), and its change, in double precision:
/// factor·(dx + x·loss)/r′ with 1/r′ − 1/r = loss/r′ = −Σ dx(2x + dx)/((r + r′)·r·r′).
struct PairedLength {
  let factor: Double
  let epsilon: Double

  /// √(Σx² + ε). Rows are `width` long, a multiple of eight.
  func root(_ x: UnsafePointer<Double>, _ width: Int) -> Double {
    var squares = DoubleLanes()
    for column in stride(from: 0, to: width, by: 8) {
      let x = read(x + column)
      squares += x * x
    }
    return (squares.sum() + epsilon).squareRoot()
  }

  /// Of x, in place.
  func apply(_ x: UnsafeMutablePointer<Double>, root: Double, _ width: Int) {
    for column in stride(from: 0, to: width, by: 8) { write(read(x + column) * (factor / root), x + column) }
  }

  /// Of dx, in place, while x is as it was.
  func applyDelta(
    _ x: UnsafePointer<Double>, root: Double, _ dx: UnsafeMutablePointer<Double>, _ width: Int
  ) {
    var steps = DoubleLanes()
    for column in stride(from: 0, to: width, by: 8) {
      let (x, dx) = (read(x + column), read(dx + column))
      steps += dx * (x + x + dx)
    }
    let step = steps.sum()
    let changed = (max(root * root - epsilon + step, 0) + epsilon).squareRoot()
    let (loss, scale) = (-step / ((root + changed) * root), factor / changed)
    for column in stride(from: 0, to: width, by: 8) {
      write((read(dx + column) + read(x + column) * loss) * scale, dx + column)
    }
  }
}
