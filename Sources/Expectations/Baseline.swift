import Results

/// Compares two runs of one pair of models.
///
/// With the same prompts both runs compute the same numbers, up to float32 rounding: shares, in nats and of energy, may differ by 1e-4,
/// attention divergence and the rms of ΔS by 1e-4 of themselves, and structural zeros must be the same.
///
/// With different prompts a share, in nats where both runs have them, may differ by chance. Each share of a summary row has a 95 % interval over prompts; the
/// half-widths, divided by Student's t of 95 % with n − 1 degrees of freedom, serve as standard errors of the two shares, n the
/// prompts that have the pair of regions. The difference is held against Student's t with the degrees of the run that has fewer. So that the chance of any false alarm in the whole comparison stays about 5 %, each of
/// the m shares is tested at 0.05/m (Bonferroni). Pairs of regions that fewer than five prompts have are not compared.
public enum Baseline {
  /// Fewest prompts with a pair of regions from which an interval is believed.
  public static let minimumPrompts = 5
  /// Largest relative difference that rounding may make between runs on the same prompts.
  public static let reproductionTolerance = 1e-4
  /// Chance of any false alarm in a comparison of runs on different prompts.
  public static let significance = 0.05

  /// An analysis and the file it comes from.
  public struct Run: Sendable {
    /// The file, for messages.
    public var file: String
    /// The analysis.
    public var analysis: Analysis

    /// A run.
    public init(file: String, analysis: Analysis) {
      self.file = file
      self.analysis = analysis
    }
  }

  /// Holds a new run against an old one.
  /// - Returns: A comparison for each quantity and pair of regions; it passes where the new run is as the old one.
  /// - Throws: ``ExpectationsError`` where the runs are not of the same pair, or cannot be compared.
  public static func compare(old: Run, new: Run) throws(ExpectationsError) -> [Comparison] {
    try requireSamePair(old, new)
    if old.analysis.promptsFingerprint == new.analysis.promptsFingerprint {
      return try Reproduction(old: old, new: new).comparisons()
    }
    for run in [old, new] where run.analysis.prompts.count < minimumPrompts {
      throw .tooFewPrompts(file: run.file, prompts: run.analysis.prompts.count, needed: minimumPrompts)
    }
    return try OtherPrompts(old: old, new: new).comparisons()
  }

  private static func requireSamePair(_ old: Run, _ new: Run) throws(ExpectationsError) {
    let models = [
      ("base model", old.analysis.base.fingerprint, new.analysis.base.fingerprint),
      ("adapted model", old.analysis.adapted.fingerprint, new.analysis.adapted.fingerprint),
    ]
    for (model, before, now) in models where before != now {
      throw .differentPairs(
        old: old.file, new: new.file,
        difference: "the fingerprint of the \(model) was \(before.prefix(12))… and is \(now.prefix(12))…")
    }
    guard old.analysis.mask == new.analysis.mask else {
      throw .differentSettings(
        old: old.file, new: new.file,
        difference: "the mask was \(old.analysis.mask) and is \(new.analysis.mask)")
    }
    guard old.analysis.reference == new.analysis.reference else {
      throw .differentSettings(
        old: old.file, new: new.file,
        difference: "the reference point was \(old.analysis.reference) and is \(new.analysis.reference)")
    }
    guard Set(old.analysis.regions) == Set(new.analysis.regions) else {
      throw .differentSettings(
        old: old.file, new: new.file,
        difference: "the regions were \(old.analysis.regions.joined(separator: ", ")) and are "
          + new.analysis.regions.joined(separator: ", "))
    }
  }
}
