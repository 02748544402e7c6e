import Foundation
import StrictJSON

/// From settings to inverse frequencies: one function a `rope_type`, with the members it reads.
extension RotarySettings {
  /// The rotary embedding these settings describe.
  /// - Throws: ``JSONMemberError`` for a `rope_type` that is not supported, a member that is missing, or values from
  ///   which no finite frequencies follow.
  func rotary(layout: Rotary.Layout = .halves) throws(JSONMemberError) -> Rotary {
    guard dimensions >= 2, dimensions % 2 == 0 else {
      throw block.error(
        "partial_rotary_factor",
        "\(dimensions) of \(headDimension) features would turn; an even number is expected")
    }
    let frequencies = try frequencies()
    for table in frequencies.fixedTables {
      guard table.attentionFactor.isFinite, table.inverseFrequencies.allSatisfy(\.isFinite) else {
        throw block.error("rope_type", "the members of this \"\(type)\" scaling give no finite frequencies")
      }
    }
    return Rotary(dimensions: dimensions, layout: layout, frequencies: frequencies)
  }

  private func frequencies() throws(JSONMemberError) -> RotaryFrequencies {
    switch type {
    case "default": .fixed(.plain(base: Float(base), dimensions: dimensions))
    case "linear":
      .fixed(.linear(base: Float(base), dimensions: dimensions, factor: Float(try block.positive("factor"))))
    case "dynamic": try dynamic()
    case "llama3": .fixed(try llama3())
    case "yarn": .fixed(try yarn())
    case "longrope": try longrope()
    default:
      throw block.error(
        block["rope_type"] == nil ? "type" : "rope_type",
        "\"\(type)\" is not supported; supported are default, linear, dynamic, llama3, yarn and longrope")
    }
  }

  /// A proportional embedding, which only some families have: whole heads turn, all but the first pairs by an
  /// angle of 0.
  func proportional() throws(JSONMemberError) -> Rotary {
    guard headDimension % 2 == 0 else {
      throw block.error("rope_type", "a head of \(headDimension) features cannot turn in pairs")
    }
    let table = RotaryTable.proportional(
      base: Float(base), headDimension: headDimension, turning: Int(Double(headDimension) * partialFactor / 2),
      factor: Float(try block.positive("factor", default: 1)))
    guard table.inverseFrequencies.allSatisfy(\.isFinite) else {
      throw block.error("rope_type", "the members of this \"\(type)\" scaling give no finite frequencies")
    }
    return Rotary(dimensions: headDimension, frequencies: .fixed(table))
  }

  private func dynamic() throws(JSONMemberError) -> RotaryFrequencies {
    guard dimensions > 2 else {
      throw block.error("rope_type", "dynamic scaling needs more than 2 turning features")
    }
    return .dynamic(
      base: base, dimensions: dimensions, factor: try block.positive("factor"), trained: positions)
  }

  private func llama3() throws(JSONMemberError) -> RotaryTable {
    let low = try block.positive("low_freq_factor")
    let high = try block.positive("high_freq_factor")
    guard high > low else {
      throw block.error("high_freq_factor", "\(high) is not above low_freq_factor \(low)")
    }
    return .llama3(
      base: Float(base), dimensions: dimensions, factor: Float(try block.positive("factor")), lowFactor: low,
      highFactor: high, originalPositions: originalPositions)
  }

  private func yarn() throws(JSONMemberError) -> RotaryTable {
    if block.isAbsent("factor") { throw block.error("factor", "missing") }
    let factor =
      try block.optionalPositive("factor", default: nil) ?? Double(positions) / Double(originalPositions)
    return .yarn(
      base: base, dimensions: dimensions, factor: factor, originalPositions: originalPositions,
      fast: try nonZero("beta_fast") ?? 32, slow: try nonZero("beta_slow") ?? 1,
      truncates: try block.flag("truncate", default: true), attentionFactor: try yarnAttentionFactor(factor))
  }

  private func yarnAttentionFactor(_ factor: Double) throws(JSONMemberError) -> Double {
    if let explicit = try block.optionalNumber("attention_factor") { return explicit }
    func magnitude(_ scale: Double) -> Double { factor <= 1 ? 1 : 0.1 * scale * log(factor) + 1 }
    guard let numerator = try nonZero("mscale"), let denominator = try nonZero("mscale_all_dim") else {
      return magnitude(1)
    }
    return magnitude(numerator) / magnitude(denominator)
  }

  /// mscale², which scores of latent attention are multiplied with: 1 unless `mscale_all_dim` is stated beside a scaling
  /// (`yarn_apply_mscale` in `transformers.models.deepseek_v3`).
  func scoreFactor() throws(JSONMemberError) -> Double {
    guard type != "default", let scale = try nonZero("mscale_all_dim") else { return 1 }
    let factor = try block.positive("factor")
    let magnitude = factor <= 1 ? 1 : 0.1 * scale * log(factor) + 1
    return magnitude * magnitude
  }

  private func longrope() throws(JSONMemberError) -> RotaryFrequencies {
    let factor =
      try block.optionalPositive("factor", default: nil) ?? Double(positions) / Double(originalPositions)
    let attentionFactor =
      try block.optionalNumber("attention_factor")
      ?? (factor <= 1 ? 1 : (1 + log(factor) / log(Double(originalPositions))).squareRoot())
    func table(_ name: String) throws(JSONMemberError) -> RotaryTable {
      guard let divisors = try block.optionalNumbers(name) else { throw block.error(name, "missing") }
      guard divisors.count == dimensions / 2, divisors.allSatisfy({ $0 > 0 }) else {
        throw block.error(
          name,
          "\(dimensions / 2) numbers above 0 are expected, one for each pair of turning features; "
            + "\(divisors.count) were found")
      }
      return .longrope(
        base: Float(base), dimensions: dimensions, divisors: divisors.map(Float.init),
        attentionFactor: attentionFactor)
    }
    return .byLength(
      upTo: originalPositions, short: try table("short_factor"), long: try table("long_factor"))
  }

  /// A number, or nil where absent, null or zero, all of which stand for the default.
  private func nonZero(_ name: String) throws(JSONMemberError) -> Double? {
    try block.optionalNumber(name).flatMap { $0 == 0 ? nil : $0 }
  }
}
