import LinearAlgebra
import Results

/// Sums over a whole T that is made of up to four parts, from which the size and the share of each part follow; sums of
/// other pairs or vectors add up. The parts are scores (T a term) or vectors (T a product's change).
public struct PartSums: AdditiveSums, Equatable {
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

  /// Codes all sums.
  public mutating func code(_ coder: inout SumsCoder) throws(SumsError) {
    try coder.code(&whole)
    try coder.code(&square)
    try coder.code(&shared)
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

  /// Adds values by their parts, of which one is what the others leave of the whole: it should be a large one, since it is
  /// found by subtraction.
  /// - Parameters:
  ///   - rest: The part that is what the others leave; nil where it is known to be zero, so that rounding is not taken for it.
  ///   - others: Up to three other parts.
  ///   - memory: Where the values of the first of them stand; those of the next are `step` further on.
  public mutating func add(
    _ values: UnsafePointer<Float>, _ count: Int, rest: Int?, others: [Int], from memory: UnsafePointer<Float>,
    step: Int
  ) {
    precondition(others.count <= 3, "four parts at most")
    let parts = others.count
    for start in stride(from: 0, to: count, by: 256) {
      let end = min(start + 256, count)
      var energy = Lanes()
      var left = (square: Lanes(), shared: Lanes())
      var first = (square: Lanes(), shared: Lanes())
      var second = (square: Lanes(), shared: Lanes())
      var third = (square: Lanes(), shared: Lanes())
      for column in stride(from: start, to: end, by: 8) {
        let whole = read(values, column, count)
        var remainder = whole
        energy += whole * whole
        if parts > 0 { take(memory, column, count, whole, &remainder, &first) }
        if parts > 1 { take(memory + 1 * step, column, count, whole, &remainder, &second) }
        if parts > 2 { take(memory + 2 * step, column, count, whole, &remainder, &third) }
        left.square += remainder * remainder
        left.shared += remainder * whole
      }
      whole += total(energy)
      if let rest { add(left, to: rest) }
      if parts > 0 { add(first, to: others[0]) }
      if parts > 1 { add(second, to: others[1]) }
      if parts > 2 { add(third, to: others[2]) }
    }
  }

  private mutating func add(_ sums: (square: Lanes, shared: Lanes), to part: Int) {
    square[part] += total(sums.square)
    shared[part] += total(sums.shared)
  }

  /// Adds the change of a product by its three terms from the base, the one with both changes last; what is summed are the
  /// terms at `reference`.
  public mutating func add(
    _ first: UnsafePointer<Float>, _ second: UnsafePointer<Float>, _ both: UnsafePointer<Float>, _ count: Int,
    at reference: ReferencePoint = .base
  ) {
    let weight = Float(reference.weight)
    forRuns(count) { run in
      var (whole, a, b, c) = (Lanes(), Lanes(), Lanes(), Lanes())
      var (sharedA, sharedB, sharedC) = (Lanes(), Lanes(), Lanes())
      var column = run.lowerBound
      while column < run.upperBound {
        let z = read(both, column, count)
        let (x, y) = (read(first, column, count) + weight * z, read(second, column, count) + weight * z)
        let rest = (1 - 2 * weight) * z
        let sum = x + y + rest
        whole += sum * sum
        a += x * x
        b += y * y
        c += rest * rest
        sharedA += x * sum
        sharedB += y * sum
        sharedC += rest * sum
        column += 8
      }
      self.whole += total(whole)
      square += SIMD4(total(a), total(b), total(c), 0)
      shared += SIMD4(total(sharedA), total(sharedB), total(sharedC), 0)
    }
  }
}

extension PartSums {
  /// The row of what heads write.
  public func row(_ place: RegionTable<PartSums>.Place, regions: [String]) -> ValueChange {
    guard let key = place.key else { preconditionFailure("a sink has no value") }
    return ValueChange(
      layer: place.layer, head: place.head, query: regions[place.query], key: regions[key],
      queries: place.queries, delta: rms(count: place.queries),
      terms: ValueTerm.allCases.map { part($0.rawValue, count: place.queries) })
  }
}

/// Takes a part out of what remains of the whole.
@inline(__always)
private func take(
  _ part: UnsafePointer<Float>, _ column: Int, _ count: Int, _ whole: Lanes, _ remainder: inout Lanes,
  _ sums: inout (square: Lanes, shared: Lanes)
) {
  let value = read(part, column, count)
  remainder -= value
  sums.square += value * value
  sums.shared += value * whole
}
