import LinearAlgebra
import Results

/// Partial sums in single precision over a run of pairs.
private struct Partial {
  var sum = Lanes()
  var absolute = Lanes()
  var square = Lanes()
  var largest = Lanes()

  @inline(__always)
  mutating func add(_ value: Lanes, _ size: Lanes) {
    sum += value
    absolute += size
    square += value * value
    largest = larger(largest, size)
  }

  func flush(into sums: inout TermSums, lane: TermLane) {
    sums.sum[lane] += total(sum)
    sums.absolute[lane] += total(absolute)
    sums.square[lane] += total(square)
    sums.largest[lane] = max(sums.largest[lane], Double(LinearAlgebra.largest(largest)))
  }
}

/// Adds pairs in which KᵀdQ is the only term.
func addQueryTerm(_ values: UnsafePointer<Float>, _ count: Int, to sums: inout TermSums) {
  let term = TermLane.term(.KtdQ)
  forRuns(count) { run in
    var partial = Partial()
    var changed = SIMD8<Int32>()
    var column = run.lowerBound
    while column < run.upperBound {
      let value = read(values, column, count)
      partial.add(value, magnitude(value))
      changed &-= ones(value .!= 0)
      column += 8
    }
    partial.flush(into: &sums, lane: term)
    partial.flush(into: &sums, lane: .delta)
    sums.shared[term] += total(partial.square)
    sums.shared[.delta] += total(partial.square)
    sums.dominant[term] += Int(changed.wrappedSum())
  }
}

/// Adds pairs with all three terms as they are.
func addTerms(
  _ byKey: UnsafePointer<Float>, _ byQuery: UnsafePointer<Float>, _ byBoth: UnsafePointer<Float>, _ count: Int,
  to sums: inout TermSums
) {
  addTerms(count, to: &sums) { column in
    (read(byKey, column, count), read(byQuery, column, count), read(byBoth, column, count))
  }
}

/// Adds pairs with all three terms, centred; a nil term is zero.
func addTerms(
  _ byKey: UnsafePointer<Float>?, _ byQuery: UnsafePointer<Float>, _ byBoth: UnsafePointer<Float>?,
  _ centring: Centring, _ count: Int, to sums: inout TermSums
) {
  let (origin, mean) = (centring.origin, centring.mean)
  addTerms(count, to: &sums) { column in
    let x = (byKey.map { read($0, column, count) } ?? Lanes()) - origin[.term(.dKtQ)] - mean[.term(.dKtQ)]
    let y = read(byQuery, column, count) - origin[.term(.KtdQ)] - mean[.term(.KtdQ)]
    let z = (byBoth.map { read($0, column, count) } ?? Lanes()) - origin[.term(.dKtdQ)] - mean[.term(.dKtdQ)]
    if column + 8 <= count { return (x, y, z) }
    return (clearTail(x, count - column), clearTail(y, count - column), clearTail(z, count - column))
  }
}

/// Adds pairs, eight at a time; lanes beyond the last pair are zero.
@inline(__always)
private func addTerms(_ count: Int, to sums: inout TermSums, _ terms: (Int) -> (Lanes, Lanes, Lanes)) {
  forRuns(count) { run in
    var (delta, a, b, c) = (Partial(), Partial(), Partial(), Partial())
    var (sharedA, sharedB, sharedC) = (Lanes(), Lanes(), Lanes())
    var (dominantA, dominantB, dominantC) = (SIMD8<Int32>(), SIMD8<Int32>(), SIMD8<Int32>())
    var column = run.lowerBound
    while column < run.upperBound {
      let (x, y, z) = terms(column)
      let sum = x + y + z
      let (sizeX, sizeY, sizeZ) = (magnitude(x), magnitude(y), magnitude(z))
      delta.add(sum, magnitude(sum))
      a.add(x, sizeX)
      b.add(y, sizeY)
      c.add(z, sizeZ)
      sharedA += x * sum
      sharedB += y * sum
      sharedC += z * sum
      dominantA &-= ones(sizeX .> larger(sizeY, sizeZ))
      dominantB &-= ones(sizeY .> larger(sizeX, sizeZ))
      dominantC &-= ones(sizeZ .> larger(sizeX, sizeY))
      column += 8
    }
    a.flush(into: &sums, lane: .term(.dKtQ))
    b.flush(into: &sums, lane: .term(.KtdQ))
    c.flush(into: &sums, lane: .term(.dKtdQ))
    delta.flush(into: &sums, lane: .delta)
    sums.shared += SIMD4(total(sharedA), total(sharedB), total(sharedC), total(delta.square))
    sums.dominant &+= SIMD4(
      Int(dominantA.wrappedSum()), Int(dominantB.wrappedSum()), Int(dominantC.wrappedSum()), 0)
  }
}

/// Σ p·(T − origin), a lane a term.
func weightedSums(
  _ pattern: UnsafePointer<Float>, _ byKey: UnsafePointer<Float>, _ byQuery: UnsafePointer<Float>,
  _ byBoth: UnsafePointer<Float>, less origin: SIMD4<Float>, _ count: Int
) -> SIMD4<Double> {
  var result = SIMD4<Double>()
  forRuns(count) { run in
    var (x, y, z) = (Lanes(), Lanes(), Lanes())
    var column = run.lowerBound
    while column < run.upperBound {
      let p = read(pattern, column, count)
      x += p * (read(byKey, column, count) - origin[.term(.dKtQ)])
      y += p * (read(byQuery, column, count) - origin[.term(.KtdQ)])
      z += p * (read(byBoth, column, count) - origin[.term(.dKtdQ)])
      column += 8
    }
    result += SIMD4(total(x), total(y), total(z), 0)
  }
  return result
}

/// Σ p·(value − origin).
func weightedSum(
  _ pattern: UnsafePointer<Float>, _ values: UnsafePointer<Float>, less origin: Float, _ count: Int
) -> Double {
  total(count) { read(pattern, $0, count) * (read(values, $0, count) - origin) }
}

/// Σ p.
func patternSum(_ pattern: UnsafePointer<Float>, _ count: Int) -> Double { total(count) { read(pattern, $0, count) } }

/// −1 where true, 0 elsewhere.
@inline(__always)
private func ones(_ mask: SIMDMask<SIMD8<Int32>>) -> SIMD8<Int32> { unsafeBitCast(mask, to: SIMD8<Int32>.self) }

/// Zeros behind the first lanes.
@inline(__always)
private func clearTail(_ lanes: Lanes, _ count: Int) -> Lanes {
  var result = lanes
  for lane in count..<8 { result[lane] = 0 }
  return result
}
