import Results

/// An adapter's reports as they enter a comparison; one of the two at least.
public struct ComparedReport: Sendable {
  /// The adapter's name, unlike all others.
  public var name: String
  /// Its analysis.
  public var analysis: Analysis?
  /// Its ablation.
  public var ablation: Ablation?

  /// An adapter's reports.
  public init(name: String, analysis: Analysis? = nil, ablation: Ablation? = nil) {
    self.name = name
    self.analysis = analysis
    self.ablation = ablation
  }

  /// In what some reports differ though they should not, so that their numbers do not stand side by side: a sentence for each
  /// of base, prompts, regions, versions and predicted region.
  /// - Parameter reports: With the name of each, for the sentences.
  public static func differences(_ reports: [(name: String, report: Report)]) -> [String] {
    func sentence(_ what: String, _ value: (Report) -> (identity: String, text: String)?) -> String? {
      var groups: [(identity: String, text: String, names: [String])] = []
      for (name, report) in reports {
        guard let (identity, text) = value(report) else { continue }
        if let index = groups.firstIndex(where: { $0.identity == identity }) {
          groups[index].names.append(name)
        } else {
          groups.append((identity, text, [name]))
        }
      }
      guard groups.count > 1 else { return nil }
      let parts = groups.map { "\($0.text) in \($0.names.joined(separator: ", "))" }
      return "The \(what) differ: \(parts.joined(separator: "; "))."
    }
    return [
      sentence("base models") { ($0.base.fingerprint, "\($0.base.name) (\($0.base.fingerprint.prefix(12))…)") },
      sentence("prompts") {
        ($0.promptsFingerprint, "\($0.promptCount) with the fingerprint \($0.promptsFingerprint.prefix(12))…")
      },
      sentence("regions") { ($0.regions.sorted().joined(separator: "\0"), $0.regions.joined(separator: ", ")) },
      sentence("reference points of the terms") { report in
        guard case .analysis(let analysis) = report else { return nil }
        return (analysis.reference.rawValue, analysis.reference.rawValue)
      },
      sentence("versions of Leibniz") { ($0.version, $0.version) },
      sentence("predicted tokens") { report in
        guard case .ablation(let ablation) = report else { return nil }
        let region = ablation.lossRegion
        let others = region.map { "of \($0)" } ?? "after the separator"
        return (region.map { "r\($0)" } ?? "", "those \(ablation.prompts.judgedTokens(others: others))")
      },
    ].compactMap(\.self)
  }
}

extension Report {
  /// The base model.
  public var base: BaseSummary {
    switch self {
    case .analysis(let analysis): analysis.base
    case .ablation(let ablation): ablation.base
    }
  }

  /// The adapted model.
  public var adapted: AdaptedSummary {
    switch self {
    case .analysis(let analysis): analysis.adapted
    case .ablation(let ablation): ablation.adapted
    }
  }

  /// The adapter's mask.
  public var mask: String {
    switch self {
    case .analysis(let analysis): analysis.mask
    case .ablation(let ablation): ablation.mask
    }
  }

  /// SHA-256 of the prompts.
  public var promptsFingerprint: String {
    switch self {
    case .analysis(let analysis): analysis.promptsFingerprint
    case .ablation(let ablation): ablation.promptsFingerprint
    }
  }

  fileprivate var promptCount: Int {
    switch self {
    case .analysis(let analysis): analysis.prompts.count
    case .ablation(let ablation): ablation.prompts.count
    }
  }

  fileprivate var regions: [String] {
    switch self {
    case .analysis(let analysis): analysis.regions
    case .ablation(let ablation): ablation.regions
    }
  }

  fileprivate var version: String {
    switch self {
    case .analysis(let analysis): analysis.version
    case .ablation(let ablation): ablation.version
    }
  }
}
