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

  static let bounds = ["atLeast", "atMost", "equals", "tolerance"]
  static let everyKey = Set(allCases.flatMap(\.keys))
}
