import Results

/// Analyses of every form that a report has to cope with.
public enum Examples: String, CaseIterable, Sendable, CustomStringConvertible {
  case plain, masked, verified, failed, leak, singleRegion, unchanged, itself, markup, tiny, parts, unchangedParts,
    pairs

  /// Every form.
  public static let all = allCases
  /// The form's name.
  public var description: String { rawValue }

  /// An analysis of this form.
  public var analysis: Analysis {
    switch self {
    case .plain: SyntheticAnalysis.make()
    case .masked: SyntheticAnalysis.make { $0.isMasked = true }.withParts(isKeyTrained: true)
    case .verified: verified(passed: true)
    case .failed: verified(passed: false)
    case .leak: leak
    case .singleRegion: singleRegion
    case .unchanged: unchanged(kind: "lora", warning: "The adapter has no effect.")
    case .itself: unchanged(kind: "none", warning: "The base was compared with itself.")
    case .markup: markup
    case .parts:
      SyntheticAnalysis.make {
        $0.isMasked = true
        $0.hasParts = true
      }
    case .unchangedParts: unchangedParts
    case .pairs: SyntheticAnalysis.make { $0.isMasked = true }.withPairs(words: nil)
    case .tiny:
      SyntheticAnalysis.make {
        $0.layers = 1
        $0.heads = 1
        $0.prompts = 1
      }
    }
  }

  private func verified(passed: Bool) -> Analysis {
    var analysis = SyntheticAnalysis.make()
    analysis = analysis.withParts(isKeyTrained: false)
    analysis.loss = Losses(
      base: [1.5, nil, 2], adapted: [1.25, nil, 2.5], tokens: [3, 0, 1],
      divergence: [
        PredictionDivergence(region: "before", predictions: 120, kl: 2.5e-4),
        PredictionDivergence(region: "after", predictions: 138, kl: 0.125),
      ])
    analysis.verification = Verification(
      prompts: 1, tolerance: 1e-3,
      worst: [
        .init(statistic: "KtdQ.rms", difference: passed ? 2.5e-7 : 0.0123, place: "L3H2 after→before"),
        .init(statistic: "stream", difference: 1e-8, place: "L5 after"),
      ], passed: passed)
    return analysis
  }

  private var leak: Analysis {
    var analysis = SyntheticAnalysis.make()
    for index in analysis.blocks.indices where analysis.blocks[index].key == "before" {
      analysis.blocks[index].raw.terms[Term.dKtQ.rawValue].zero = .leak
    }
    for index in analysis.summary.indices where analysis.summary[index].key == "before" {
      analysis.summary[index].raw.terms[Term.dKtQ.rawValue].zero = .leak
    }
    return analysis
  }

  private var singleRegion: Analysis {
    var analysis = SyntheticAnalysis.make()
    analysis.regions = ["all"]
    analysis.blocks = analysis.blocks.filter { $0.query == $0.key && $0.key == "after" }.map(\.inAll)
    analysis.summary = analysis.summary.filter { $0.query == $0.key && $0.key == "after" }.map(\.inAll)
    analysis.stream = analysis.stream.filter { $0.region == "after" }.map {
      StreamDivergence(layer: $0.layer, region: "all", relative: $0.relative)
    }
    for index in analysis.prompts.indices { analysis.prompts[index].separator = nil }
    return analysis
  }

  private func unchanged(kind: String, warning: String) -> Analysis {
    var analysis = SyntheticAnalysis.make()
    analysis.adapted.kind = kind
    if kind == "none" {
      (analysis.adapted.rank, analysis.adapted.scaling, analysis.adapted.targets) = (nil, nil, [])
    }
    let zero: ZeroCause = kind == "none" ? .structural : .measured
    analysis.blocks = analysis.blocks.map { $0.unchanged(zero) }
    analysis.summary = analysis.summary.map { $0.unchanged(zero) }
    for index in analysis.stream.indices { analysis.stream[index].relative = 0 }
    analysis.closure.maximum = 0
    analysis.warnings = [warning]
    return analysis
  }

  private var unchangedParts: Analysis {
    var analysis = unchanged(kind: "lora", warning: "The adapter has no effect.")
    analysis.mass = SyntheticAnalysis.make { $0.hasParts = true }.mass?.map {
      var row = $0
      (row.adapted, row.moved, row.byKey, row.byQuery) = (row.base, 0, 0, 0)
      return row
    }
    return analysis
  }

  private var markup: Analysis {
    var analysis = SyntheticAnalysis.make { $0.isMasked = true }
    let names = ["before": "a|b *c*", "after": "<script>\"&,\n# `x`"]
    analysis.base.name = "my_base_[v1](http://x)"
    analysis.adapted.name = "adapter<b>*|*"
    analysis.adapted.targets = ["k_proj", "q_proj"]
    analysis.regions = analysis.regions.compactMap { names[$0] }
    analysis.blocks = analysis.blocks.map { $0.renamed(names) }
    analysis.summary = analysis.summary.map { $0.renamed(names) }
    for index in analysis.stream.indices {
      analysis.stream[index].region = names[analysis.stream[index].region] ?? ""
    }
    analysis.warnings = ["A *warning* about <img src=x>."]
    return analysis.withPairs(words: [
      " the", "\n", "|*", " http://x.org", "<script>", "and", "\u{202E}@me\u{0}", "",
      " `code` and far more than anybody reads",
      "🙂",
    ])
  }
}

/// What blocks and pooled blocks have in common.
private protocol ExampleRow {
  var query: String { get set }
  var key: String { get set }
  var raw: Decomposition { get set }
  var centered: Decomposition { get set }
}

extension Block: ExampleRow {}
extension PooledBlock: ExampleRow {}

extension ExampleRow {
  fileprivate var inAll: Self { renamed(["after": "all"]) }

  fileprivate func renamed(_ names: [String: String]) -> Self {
    var block = self
    (block.query, block.key) = (names[query] ?? query, names[key] ?? key)
    return block
  }

  fileprivate func unchanged(_ zero: ZeroCause) -> Self {
    let none = Magnitude(mean: 0, meanAbs: 0, rms: 0, maxAbs: 0)
    func part(_ zero: ZeroCause?) -> Decomposition {
      Decomposition(
        delta: none,
        terms: Term.allCases.map { _ in TermStatistics(magnitude: none, share: 0, dominance: 0, zero: zero) })
    }
    var block = self
    (block.raw, block.centered) = (part(zero), part(nil))
    return block
  }
}
