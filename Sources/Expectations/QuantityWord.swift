/// The words that `quantity` may be.
enum QuantityWord: String, CaseIterable {
  case share, dominance, mean, meanAbs, rms, maxAbs, dominantTerm, structuralZero, stream, median, closure
  case moved, mass, sources, values, products, loss, kl, benefitLost, agreement, verification

  /// Keys that an expectation of this quantity may have, besides name, reason and quantity.
  var keys: [String] {
    let rows = ["query", "key", "layers", "heads"]
    return switch self {
    case .share, .dominance, .mean, .meanAbs, .rms, .maxAbs:
      ["term", "centered"] + rows + ["pooled"] + Self.bounds
    case .dominantTerm: ["is", "centered"] + rows + ["pooled"]
    case .structuralZero: ["term"] + rows
    case .stream, .median: ["region", "layers"] + Self.bounds
    case .closure: Self.bounds
    case .moved: rows + ["pooled"] + Self.bounds
    case .mass: ["of"] + rows + ["pooled"] + Self.bounds
    case .sources: ["term", "source", "statistic"] + rows + ["pooled"] + Self.bounds
    case .values: ["term", "statistic"] + rows + ["pooled"] + Self.bounds
    case .products: ["site", "term", "statistic", "region", "layers"] + Self.bounds
    case .loss: ["of"] + Self.bounds
    case .kl: ["region", "knockout"] + Self.bounds
    case .benefitLost, .agreement: ["knockout"] + Self.bounds
    case .verification: ["atMost"]
    }
  }

  /// Which results have it.
  private var results: Results {
    switch self {
    case .benefitLost, .agreement: .ablations
    case .loss, .kl, .verification: .both
    default: .analyses
    }
  }

  private enum Results { case analyses, ablations, both }

  private static func words(_ results: Results) -> [String] {
    allCases.filter { $0.results == results }.map(\.rawValue)
  }

  static let ofAnalyses = words(.analyses) + MeasureWord.all.map(\.rawValue)
  static let ofAblations = words(.ablations)
  static let ofBoth = words(.both)

  static let bounds = ["atLeast", "atMost", "equals", "tolerance"]
  static let everyKey = Set(allCases.flatMap(\.keys))
}

extension ExpectationFile {
  /// What `quantity` may be: of an analysis, measures included, of an ablation, and of either.
  public static var quantities: (analysis: [String], ablation: [String], both: [String]) {
    (QuantityWord.ofAnalyses, QuantityWord.ofAblations, QuantityWord.ofBoth)
  }
}
