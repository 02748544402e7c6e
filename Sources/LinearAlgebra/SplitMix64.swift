/// A small seeded generator whose numbers are the same on every platform and in every version.
///
/// It adds ⌊2⁶⁴/φ⌋ to its state and mixes the bits of the sum, so it has a period of 2⁶⁴ and gives every number
/// once in it. Good for samples, tests and resampling; not for secrets.
///
/// Source: Steele, Lea, Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014.
public struct SplitMix64: RandomNumberGenerator, Sendable {
  private var state: UInt64

  /// A generator; equal seeds give equal numbers.
  public init(seed: UInt64) { state = seed }

  /// The next 64 bits. O(1).
  public mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  /// A number from 0 to `bound` − 1, for a bound from 1 on. Some numbers are likelier than others by at most `bound` / 2⁶⁴.
  public mutating func next(below bound: Int) -> Int {
    precondition(bound > 0, "there is no number below \(bound)")
    return Int(next() % UInt64(bound))
  }

  /// A multiple of 2⁻⁵³ from 0 to below 1, all equally likely.
  public mutating func unit() -> Double { Double(next() >> 11) * 0x1p-53 }
}
