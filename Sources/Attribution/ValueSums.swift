import LinearAlgebra
import Results

/// Sums over the vectors of a block that change by three terms: dP·V, P·dV and dP·dV by ``ValueTerm``'s raw value.
public struct ValueSums: BlockSummable, Equatable {
  /// Σ‖T‖²; lane 3 is Σ‖Δ‖².
  public var square = SIMD4<Double>()
  /// Σ⟨T, Δ⟩; lane 3 is not used.
  public var shared = SIMD4<Double>()

  /// Nothing summed.
  public init() {}

  /// Adds the sums of other vectors.
  public static func += (left: inout ValueSums, right: ValueSums) {
    left.square += right.square
    left.shared += right.shared
  }

  /// Adds a vector of which dP·V is all of the change.
  public mutating func add(_ byPattern: UnsafePointer<Float>, _ count: Int) {
    let square = dot(byPattern, byPattern, count)
    self.square += SIMD4(square, 0, 0, square)
    shared[0] += square
  }

  /// Adds the three terms of a vector.
  public mutating func add(
    _ byPattern: UnsafePointer<Float>, _ byValue: UnsafePointer<Float>, _ byBoth: UnsafePointer<Float>, _ count: Int
  ) {
    forRuns(count) { run in
      var (squareA, squareB, squareC, square) = (Lanes(), Lanes(), Lanes(), Lanes())
      var (sharedA, sharedB, sharedC) = (Lanes(), Lanes(), Lanes())
      var column = run.lowerBound
      while column < run.upperBound {
        let (a, b, c) = (
          read(byPattern, column, count), read(byValue, column, count), read(byBoth, column, count)
        )
        let sum = a + b + c
        squareA += a * a
        squareB += b * b
        squareC += c * c
        square += sum * sum
        sharedA += a * sum
        sharedB += b * sum
        sharedC += c * sum
        column += 8
      }
      self.square += SIMD4(total(squareA), total(squareB), total(squareC), total(square))
      shared += SIMD4(total(sharedA), total(sharedB), total(sharedC), 0)
    }
  }

  /// The row.
  public func row(_ place: RegionTable<ValueSums>.Place, regions: [String]) -> ValueChange {
    let count = Double(max(place.queries, 1))
    return ValueChange(
      layer: place.layer, head: place.head, query: regions[place.query], key: regions[place.key],
      queries: place.queries, delta: (square[3] / count).squareRoot(),
      terms: (0..<3).map {
        PartSize(rms: (square[$0] / count).squareRoot(), share: square[3] == 0 ? 0 : shared[$0] / square[3])
      })
  }
}
