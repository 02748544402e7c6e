import Results

/// An invented ablation with the form of a real one: three standard interventions, the terms, two that were asked for, and a
/// sweep over layers.
public struct SyntheticAblation: Sendable {
  /// Number of prompts; the last one predicts nothing.
  public var prompts = 4
  /// Whether the adapter lowers the loss.
  public var helps = true
  /// The adapter's name.
  public var name = "tiny-full"
  /// Layers and heads of a sweep over heads of lookups; nil for no such sweep.
  public var heads: (layers: Int, heads: Int)?
  /// Added to what each intervention loses.
  public var shift = 0.0

  /// The defaults.
  public init() {}

  /// Such an ablation after changes to the defaults.
  public static func make(_ change: (inout SyntheticAblation) -> Void = { _ in }) -> Ablation {
    var synthetic = SyntheticAblation()
    change(&synthetic)
    return synthetic.ablation()
  }

  /// The ablation.
  public func ablation() -> Ablation {
    let analysis = SyntheticAnalysis.make { $0.prompts = prompts }
    var adapted = analysis.adapted
    adapted.name = name
    let overview = [
      ("scores", ["dKtQ", "KtdQ", "dKtdQ"], 0.2), ("changed values", ["PdV", "dPdV"], 0.25),
      ("scores and values", ["dKtQ", "KtdQ", "dKtdQ", "dPV", "PdV", "dPdV"], 0.4), ("dKtQ", ["dKtQ"], 0.1),
      ("KtdQ", ["KtdQ"], 0.08), ("dKtdQ", ["dKtdQ"], -0.01),
    ].map { knockout($0, dropping: $1, losing: $2) }
    var lookups = knockout("dKtQ after→before", dropping: ["dKtQ"], losing: 0.0625)
    (lookups.query, lookups.key, lookups.layers) = ("after", "before", [0, 2])
    lookups.heads = [Knockout.Head(layer: 0, head: 1), Knockout.Head(layer: 2, head: 3)]
    var views = knockout("two views", dropping: ["dKtQ", "KtdQ", "dKtdQ"], losing: 0.07)
    views.mask = ["k": "none", "v": "none", "q": "after", "other": "after"]
    let sweep = (0..<3).map { layer in
      var member = knockout("scores: L\(layer)", dropping: ["dKtQ", "KtdQ", "dKtdQ"], losing: 0.03 * Double(layer))
      (member.layers, member.sweep) = ([layer], "layers")
      return member
    }
    let lookedUp = (0..<(heads?.layers ?? 0)).flatMap { layer in
      (0..<(heads?.heads ?? 0)).map { head in
        let lost = 0.001 * Double((7 * layer + 3 * head) % 11 - 1)
        var member = knockout("dKtQ after→before: L\(layer)H\(head)", dropping: ["dKtQ"], losing: lost)
        (member.query, member.key, member.sweep) = ("after", "before", "heads")
        member.heads = [Knockout.Head(layer: layer, head: head)]
        return member
      }
    }
    return Ablation(
      version: "0.0.0", mask: "auto", threads: 2, base: analysis.base, adapted: adapted, regions: analysis.regions,
      promptsFingerprint: analysis.promptsFingerprint, prompts: analysis.prompts, lossRegion: nil,
      overview: overview, knockouts: [lookups, views] + sweep + lookedUp,
      verification: Verification(
        prompts: 1, tolerance: 1e-3,
        worst: [.init(statistic: "loss", difference: 2e-7, place: "scores, prompt 0")], passed: true),
      warnings: ["A *warning*."])
  }

  private func knockout(_ name: String, dropping parts: [String], losing lost: Double) -> Knockout {
    let (base, adapted) = helps ? (2.5, 2.0) : (2.0, 2.5)
    let lost = lost == 0 ? 0 : lost + shift
    let outcomes = (0..<prompts).map { index -> PredictionOutcome? in
      let own = lost * (1 + 0.1 * Double(index - 1))
      return index == prompts - 1
        ? nil
        : PredictionOutcome(
          tokens: 10, base: base, adapted: adapted, knockout: adapted + own * 0.5, kl: 0.01 * abs(own),
          agreement: 1 - abs(own) / 4)
    }
    return Knockout(
      name: name, dropped: parts, prompts: outcomes, benefitLost: helps ? lost : nil,
      benefitLostInterval: helps ? lost - 0.01...lost + 0.01 : nil)
  }
}
