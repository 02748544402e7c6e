import LinearAlgebra

/// Seeded numbers for kernel tests.
struct Samples {
  private var generator: SplitMix64

  init(seed: Int) { generator = SplitMix64(seed: UInt64(seed)) }

  /// A number between −1 and 1.
  mutating func next() -> Double { 2 * generator.unit() - 1 }

  /// A number from 0 to `bound` − 1.
  mutating func below(_ bound: Int) -> Int { generator.next(below: bound) }

  /// So many numbers between −scale and scale.
  mutating func floats(_ count: Int, scale: Double = 1) -> [Float] {
    (0..<count).map { _ in Float(next() * scale) }
  }

  /// A matrix of such numbers.
  mutating func matrix(_ rows: Int, _ columns: Int, scale: Double = 1) -> Matrix {
    Matrix(rows: rows, columns: columns, floats(rows * columns, scale: scale))
  }

  /// So many weights in [0, 1]; about a third are 0 and a third are 1.
  mutating func mask(_ count: Int) -> [Float] {
    (0..<count).map { _ in [0, 1, Float(generator.unit())][below(3)] }
  }
}

/// Change sizes from a whisper to a shout.
let changeSizes = [1e-9, 1e-4, 0.3, 5, 40]
/// Row lengths around the lane width.
let rowLengths = [1, 7, 8, 9, 17, 300]
/// The distance from 1 to the next float.
let epsilon = Double(Float.ulpOfOne)
