import Foundation

/// Inverse frequencies as transformers computes them in float32 (`transformers.modeling_rope_utils`), in the same order
/// of operations, because the angle at a late position multiplies every rounding error by that position.
extension RotaryTable {
  /// θ^(−2i/d) for i < d/2.
  static func plain(base: Float, dimensions: Int) -> RotaryTable {
    RotaryTable(inverseFrequencies: wavelengths(base: base, dimensions: dimensions).map { 1 / $0 })
  }

  /// Positions divided by a factor (Chen et al., Position Interpolation, 2023).
  static func linear(base: Float, dimensions: Int, factor: Float) -> RotaryTable {
    RotaryTable(
      inverseFrequencies: plain(base: base, dimensions: dimensions).inverseFrequencies.map { $0 / factor })
  }

  /// Low frequencies divided by a factor, high ones kept, the ones between blended (Llama 3.1).
  static func llama3(
    base: Float, dimensions: Int, factor: Float, lowFactor: Double, highFactor: Double, originalPositions: Int
  ) -> RotaryTable {
    let original = Double(originalPositions)
    let longest = Float(original / lowFactor)
    let shortest = Float(original / highFactor)
    let frequencies = plain(base: base, dimensions: dimensions).inverseFrequencies.map { frequency in
      let wavelength = Float(2 * Double.pi) / frequency
      if wavelength > longest { return frequency / factor }
      if wavelength < shortest { return frequency }
      let smooth = (Float(original) / wavelength - Float(lowFactor)) / Float(highFactor - lowFactor)
      return (1 - smooth) * frequency / factor + smooth * frequency
    }
    return RotaryTable(inverseFrequencies: frequencies)
  }

  /// Interpolated, kept and blended by the number of rotations in the original context (Peng et al., YaRN, 2023).
  static func yarn(
    base: Double, dimensions: Int, factor: Double, originalPositions: Int, fast: Double, slow: Double,
    truncates: Bool, attentionFactor: Double
  ) -> RotaryTable {
    func pair(turning rotations: Double) -> Double {
      Double(dimensions) * log(Double(originalPositions) / (rotations * 2 * .pi)) / (2 * log(base))
    }
    let low = max(truncates ? pair(turning: fast).rounded(.down) : pair(turning: fast), 0)
    let bound = truncates ? pair(turning: slow).rounded(.up) : pair(turning: slow)
    let high = min(bound, Double(dimensions - 1))
    let span = Float((low == high ? high + 0.001 : high) - low)
    let frequencies = wavelengths(base: Float(base), dimensions: dimensions).enumerated().map {
      index, wavelength in
      let ramp = min(max((Float(index) - Float(low)) / span, 0), 1)
      let kept = 1 - ramp
      return 1 / (Float(factor) * wavelength) * (1 - kept) + 1 / wavelength * kept
    }
    return RotaryTable(inverseFrequencies: frequencies, attentionFactor: attentionFactor)
  }

  /// Angles as of whole heads, θ^(−2i/d), of the first `turning` pairs, divided by a factor; the other pairs stand still.
  static func proportional(base: Float, headDimension: Int, turning: Int, factor: Float) -> RotaryTable {
    let turned = wavelengths(base: base, dimensions: headDimension).prefix(turning).map { 1 / $0 / factor }
    return RotaryTable(
      inverseFrequencies: turned + Array(repeating: 0, count: headDimension / 2 - turned.count))
  }

  /// Every frequency divided by a number of its own (Ding et al., LongRoPE, 2024).
  static func longrope(base: Float, dimensions: Int, divisors: [Float], attentionFactor: Double)
    -> RotaryTable
  {
    let powers = wavelengths(base: base, dimensions: dimensions)
    return RotaryTable(
      inverseFrequencies: zip(divisors, powers).map { 1 / ($0 * $1) }, attentionFactor: attentionFactor)
  }

  /// The base grows with the prompt beyond the trained positions (dynamic NTK scaling).
  ///
  /// A prompt's length is an integer tensor in transformers, so that the base is computed in float32, with an exponent
  /// in double precision.
  static func dynamic(
    base: Double, dimensions: Int, factor: Double, trained: Int, promptLength: Int
  ) -> RotaryTable {
    guard promptLength > trained else { return plain(base: Float(base), dimensions: dimensions) }
    let stretch = Float(factor) * Float(promptLength) / Float(trained) - Float(factor - 1)
    let exponent = Double(dimensions) / Double(dimensions - 2)
    return plain(base: Float(base) * power(stretch, exponent), dimensions: dimensions)
  }

  /// θ^(2i/d) for i < d/2.
  private static func wavelengths(base: Float, dimensions: Int) -> [Float] {
    stride(from: 0, to: dimensions, by: 2).map { power(base, Double(Float($0) / Float(dimensions))) }
  }

  /// x^y rounded once to float32.
  private static func power(_ x: Float, _ y: Double) -> Float { Float(pow(Double(x), y)) }
}

extension RotaryFrequencies {
  /// The table a fresh model uses for a prompt of that many tokens.
  package func table(promptLength: Int) -> RotaryTable {
    switch self {
    case .fixed(let table): table
    case .byLength(let limit, let short, let long): promptLength > limit ? long : short
    case .dynamic(let base, let dimensions, let factor, let trained):
      .dynamic(
        base: base, dimensions: dimensions, factor: factor, trained: trained, promptLength: promptLength)
    }
  }

  /// The tables that do not depend on a prompt, and the one of a short prompt otherwise.
  var fixedTables: [RotaryTable] {
    switch self {
    case .fixed(let table): [table]
    case .byLength(_, let short, let long): [short, long]
    case .dynamic: [table(promptLength: 1)]
    }
  }
}
