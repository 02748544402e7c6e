/// A convolution over a token and those before it, every channel by itself, and its change: du = Σ w·dx + m·(Σ dw·(x + dx) + db).
struct CausalConvolution: Sendable {
  let kernel: Int
  /// (channels, kernel).
  let weight: ChangedNumbers
  let bias: ChangedNumbers?

  /// What is seen at a token: its own row last; nil before the prompt, or where nothing changes.
  typealias Taps = [UnsafePointer<Float>?]

  /// u of a channel; `input` reads it from a row.
  @inline(__always)
  func value(_ channel: Int, _ taps: Taps, _ input: (UnsafePointer<Float>) -> Double) -> Double {
    var sum = Double(bias?.base[channel] ?? 0)
    for (place, row) in taps.enumerated() {
      if let row { sum += Double(weight.base[channel * kernel + place]) * input(row) }
    }
    return sum
  }

  /// du of a channel.
  /// - Parameters:
  ///   - input: Reads it from a row of the base.
  ///   - change: Reads its change from a row of the base and one of the changes.
  @inline(__always)
  func delta(
    _ channel: Int, _ taps: Taps, _ changes: Taps, adaptation: Int, mask: Double,
    _ input: (UnsafePointer<Float>) -> Double,
    _ change: (UnsafePointer<Float>, UnsafePointer<Float>) -> Double
  ) -> Double {
    let own = weight.changes[adaptation]
    var (sum, trained) = (0.0, Double(bias?.changes[adaptation]?[channel] ?? 0))
    for place in 0..<kernel {
      guard let row = taps[place] else { continue }
      let step = changes[place].map { change(row, $0) } ?? 0
      sum += Double(weight.base[channel * kernel + place]) * step
      if let own { trained += Double(own[channel * kernel + place]) * (input(row) + step) }
    }
    return sum + mask * trained
  }
}
