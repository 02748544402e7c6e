import Results

extension Examples {
  /// An analysis with every part: attention, sources, mass, values, products, medians, losses, divergences and a verification.
  public static var whole: Analysis {
    var analysis = Examples.verified.analysis
    let parts = SyntheticAnalysis.make { $0.hasParts = true }
    (analysis.attention, analysis.mass, analysis.values) = (parts.attention, parts.mass, parts.values)
    return analysis
  }
}
