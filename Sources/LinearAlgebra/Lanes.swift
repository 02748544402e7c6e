/// Eight floats, the width that every vector kernel works in.
public typealias Lanes = SIMD8<Float>

/// Reads the lanes that begin at `offset` of `count` floats; lanes beyond the end are `fill`.
@inlinable @inline(__always)
public func read(
  _ source: UnsafePointer<Float>, _ offset: Int, _ count: Int, fill: Float = 0
) -> Lanes {
  if offset + 8 <= count { return UnsafeRawPointer(source + offset).loadUnaligned(as: Lanes.self) }
  var lanes = Lanes(repeating: fill)
  for lane in 0..<count - offset { lanes[lane] = source[offset + lane] }
  return lanes
}

/// Writes the lanes that begin at `offset` of `count` floats; lanes beyond the end are dropped.
@inlinable @inline(__always)
public func write(_ lanes: Lanes, _ target: UnsafeMutablePointer<Float>, _ offset: Int, _ count: Int) {
  if offset + 8 <= count {
    UnsafeMutableRawPointer(target + offset).storeBytes(of: lanes, as: Lanes.self)
  } else {
    for lane in 0..<count - offset { target[offset + lane] = lanes[lane] }
  }
}

/// |x|, by clearing the sign bit.
@inlinable @inline(__always)
public func magnitude(_ x: Lanes) -> Lanes {
  unsafeBitCast(unsafeBitCast(x, to: SIMD8<UInt32>.self) & 0x7FFF_FFFF, to: Lanes.self)
}

/// The larger of two, lane by lane.
@inlinable @inline(__always)
public func larger(_ a: Lanes, _ b: Lanes) -> Lanes { b.replacing(with: a, where: a .> b) }

/// The sum of the lanes, in double.
@inlinable @inline(__always)
public func total(_ lanes: Lanes) -> Double {
  let low = SIMD4<Double>(lanes.lowHalf)
  let high = SIMD4<Double>(lanes.highHalf)
  return (low + high).sum()
}

/// The largest lane.
@inlinable @inline(__always)
public func largest(_ lanes: Lanes) -> Float {
  let four = lanes.lowHalf.replacing(with: lanes.highHalf, where: lanes.highHalf .> lanes.lowHalf)
  return max(max(four[0], four[1]), max(four[2], four[3]))
}

/// Cuts 0..<count into runs of 256: sums are kept in single precision within a run and in double from run to run, so
/// that their rounding error does not grow with the count.
@inlinable @inline(__always)
public func forRuns(_ count: Int, _ body: (Range<Int>) -> Void) {
  var start = 0
  while start < count {
    let end = min(start + 256, count)
    body(start..<end)
    start = end
  }
}

/// The largest of a row of values, or the largest sum of a value and its change.
@inlinable
public func largestValue(_ values: UnsafePointer<Float>, _ change: UnsafePointer<Float>?, _ count: Int) -> Float {
  var top = Lanes(repeating: -.greatestFiniteMagnitude)
  var column = 0
  while column < count {
    var value = read(values, column, count, fill: -.greatestFiniteMagnitude)
    if let change { value += read(change, column, count) }
    top = larger(top, value)
    column += 8
  }
  return largest(top)
}

/// Where the largest of a row of values, or of sums of a value and its change, stands first; 0 where none is a number.
@inlinable
public func indexOfLargest(
  _ values: UnsafePointer<Float>, _ change: UnsafePointer<Float>?, _ count: Int
) -> Int {
  let top = largestValue(values, change, count)
  func sum(_ column: Int) -> Lanes {
    let value = read(values, column, count)
    return change.map { value + read($0, column, count) } ?? value
  }
  var column = 0
  while column + 8 <= count, !any(sum(column) .== top) { column += 8 }
  return (column..<count).first { values[$0] + (change?[$0] ?? 0) == top } ?? 0
}

/// The largest magnitude in a row.
@inlinable
public func largestMagnitude(_ values: UnsafePointer<Float>, _ count: Int) -> Float {
  var top = Lanes()
  var column = 0
  while column < count {
    top = larger(top, magnitude(read(values, column, count)))
    column += 8
  }
  return largest(top)
}
