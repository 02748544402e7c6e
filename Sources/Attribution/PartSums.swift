import LinearAlgebra
import Results

/// Sums over a whole T that is made of up to four parts, from which the size and the share of each part follow; sums of
/// other pairs or vectors add up. The parts are scores (T a term) or vectors (T a product's change).
public struct PartSums: Sendable, Equatable {
  /// Σ‖T‖².
  public var whole = 0.0
  /// Σ‖T_s‖² by part.
  public var square = SIMD4<Double>()
  /// Σ⟨T_s, T⟩ by part.
  public var shared = SIMD4<Double>()

  /// Nothing summed.
  public init() {}

  /// Adds the sums of others.
  public static func += (left: inout PartSums, right: PartSums) {
    left.whole += right.whole
    left.square += right.square
    left.shared += right.shared
  }

  /// √ of the mean of ‖T‖² over so many, those that are zero included.
  public func rms(count: Int) -> Double { (whole / Double(max(count, 1))).squareRoot() }

  /// A part's root mean square over so many and its share Σ⟨T_s, T⟩ / Σ‖T‖², 0 where T is 0 everywhere.
  public func part(_ part: Int, count: Int) -> PartSize {
    PartSize(
      rms: (square[part] / Double(max(count, 1))).squareRoot(), share: whole == 0 ? 0 : shared[part] / whole)
  }

  /// Adds values of which a part is known to be the whole.
  public mutating func add(_ values: UnsafePointer<Float>, _ count: Int, onlyPart part: Int) {
    let energy = dot(values, values, count)
    whole += energy
    square[part] += energy
    shared[part] += energy
  }

  /// Adds values by their parts; a part that is nil is zero.
  public mutating func add(
    _ values: UnsafePointer<Float>, _ count: Int, parts: SIMD4<Int>, from memory: UnsafePointer<Float>
  ) {
    whole += dot(values, values, count)
    for part in 0..<4 where parts[part] >= 0 {
      let (square, shared) = sums(memory + parts[part], values, count)
      self.square[part] += square
      self.shared[part] += shared
    }
  }

  /// Adds a vector by three parts, of which it is the sum.
  public mutating func add(
    _ first: UnsafePointer<Float>, _ second: UnsafePointer<Float>, _ third: UnsafePointer<Float>, _ count: Int
  ) {
    forRuns(count) { run in
      var (whole, a, b, c) = (Lanes(), Lanes(), Lanes(), Lanes())
      var (sharedA, sharedB, sharedC) = (Lanes(), Lanes(), Lanes())
      var column = run.lowerBound
      while column < run.upperBound {
        let (x, y, z) = (read(first, column, count), read(second, column, count), read(third, column, count))
        let sum = x + y + z
        whole += sum * sum
        a += x * x
        b += y * y
        c += z * z
        sharedA += x * sum
        sharedB += y * sum
        sharedC += z * sum
        column += 8
      }
      self.whole += total(whole)
      square += SIMD4(total(a), total(b), total(c), 0)
      shared += SIMD4(total(sharedA), total(sharedB), total(sharedC), 0)
    }
  }
}

/// Σ a² and Σ a·b.
private func sums(
  _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ count: Int
) -> (square: Double, shared: Double) {
  var (square, shared) = (0.0, 0.0)
  forRuns(count) { run in
    var (own, both) = (Lanes(), Lanes())
    var column = run.lowerBound
    while column < run.upperBound {
      let (x, y) = (read(a, column, count), read(b, column, count))
      own += x * x
      both += x * y
      column += 8
    }
    square += total(own)
    shared += total(both)
  }
  return (square, shared)
}
