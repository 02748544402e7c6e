import Results

extension Examples {
  /// An analysis with every part: sources, mass, values, products, medians, losses, divergences and a verification.
  public static var whole: Analysis {
    var analysis = Examples.verified.analysis
    let parts = SyntheticAnalysis.make { $0.hasParts = true }
    (analysis.mass, analysis.values) = (parts.mass, parts.values)
    return analysis
  }
}
