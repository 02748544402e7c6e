/// Seeded numbers for kernel tests.
struct Samples {
  private var state: UInt64

  init(seed: Int) { state = UInt64(seed) &* 0x9E37_79B9_7F4A_7C15 | 1 }

  /// A number between −1 and 1.
  mutating func next() -> Double {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Double(Int64(bitPattern: state) >> 11) / Double(Int64(1) << 52)
  }

  /// So many numbers between −scale and scale.
  mutating func floats(_ count: Int, scale: Double = 1) -> [Float] {
    (0..<count).map { _ in Float(next() * scale) }
  }
}

/// Change sizes from a whisper to a shout.
let changeSizes = [1e-9, 1e-4, 0.3, 5, 40]
/// Row lengths around the lane width.
let rowLengths = [1, 7, 8, 9, 300]
