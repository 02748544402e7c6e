import Foundation
import LinearAlgebra

/// The pattern of one query with all keys that it sees, and the terms that change it.
public struct MassRow {
  /// Positions of the keys.
  public var keys: Range<Int>
  /// Those of them whose own keys can differ: a tail of `keys`, possibly empty.
  public var changedKeys: Range<Int>
  /// The base pattern, by key.
  public var pattern: UnsafePointer<Float>
  /// How it changes, by key.
  public var change: UnsafePointer<Float>
  /// What KᵀdQ alone adds to what enters the softmax, by key.
  public var byQuery: UnsafePointer<Float>
  /// What dKᵀQ alone adds, by changed key.
  public var byKey: UnsafePointer<Float>
  /// A sink, where there is one.
  public var sink: RowSink?

  /// A row.
  public init(
    keys: Range<Int>, changedKeys: Range<Int>, pattern: UnsafePointer<Float>, change: UnsafePointer<Float>,
    byQuery: UnsafePointer<Float>, byKey: UnsafePointer<Float>, sink: RowSink? = nil
  ) {
    self.keys = keys
    self.changedKeys = changedKeys
    self.pattern = pattern
    self.change = change
    self.byQuery = byQuery
    self.byKey = byKey
    self.sink = sink
  }
}

/// A term of one row beside the pattern: what it does to the masses of regions.
///
/// With t the term, p the pattern and any number c, the mass of b under softmax(s + t) less its mass under softmax(s) is
///
///     (A_b − A·m_b) / (1 + A),    A_b = Σ_{j∈b} p_j·expm1(t_j − c),    A = Σ_j p_j·expm1(t_j − c).
///
/// c = Σ_j p_j t_j keeps A small, and at least 0, so that nothing cancels.
struct RowTerm {
  let values: UnsafePointer<Float>
  /// The keys it has values for; it is zero for those before.
  let keys: Range<Int>
  /// c.
  let level: Float
  /// Whether the powers of t − c can be trusted to a pattern in single precision: beyond this a key whose weight in the base is
  /// below its range can matter.
  let isSteep: Bool
  let isZero: Bool
  /// expm1(−c), for keys without values.
  private let fixedGain: Double

  init(_ values: UnsafePointer<Float>, _ keys: Range<Int>, _ row: MassRow) {
    let reach = reach(values, keys.count)
    self.values = values
    self.keys = keys
    isZero = keys.isEmpty || reach.isZero
    level = isZero ? 0 : Float(dot(row.pattern + (keys.lowerBound - row.keys.lowerBound), values, keys.count))
    let top = keys.lowerBound > row.keys.lowerBound || row.sink != nil ? max(reach.top, 0) : reach.top
    isSteep = !isZero && !(top - level <= 40)
    fixedGain = expm1(-Double(level))
  }

  /// A_b of a run of keys.
  func gain(_ run: Range<Int>, _ row: MassRow) -> Double {
    let (fixed, moving) = (run.clamped(to: row.keys.lowerBound..<keys.lowerBound), run.clamped(to: keys))
    var sum = 0.0
    if !fixed.isEmpty, level != 0 {
      sum += fixedGain * mass(row.pattern + (fixed.lowerBound - row.keys.lowerBound), fixed.count)
    }
    if !moving.isEmpty {
      sum += Attribution.gain(
        row.pattern + (moving.lowerBound - row.keys.lowerBound), values + (moving.lowerBound - keys.lowerBound),
        level: level, moving.count)
    }
    return sum
  }

  /// A of a sink, where the term is 0.
  func gain(_ sink: RowSink) -> Double { level == 0 ? 0 : fixedGain * Double(sink.pattern) }

  /// The term at a key.
  func value(_ key: Int) -> Double { key < keys.lowerBound ? 0 : Double(values[key - keys.lowerBound]) }
}
