import Results

/// Knock-outs of ablations as a page's script reads them: what was left out where, and what that cost.
struct PageKnockouts {
  /// Each an array: name, regions of query and key, layers and heads (null for all of them), benefit lost in ten-thousandths (null
  /// without a benefit), its interval, the loss, KL, and agreement in ten-thousandths.
  private let rows: [String]
  /// How many rows the page has no room for.
  private let left: Int

  /// The rows of ablations: those of all layers, then the most harmful, as many as there is room for.
  init(_ ablations: [Ablation], budget: Int) {
    let all = ablations.flatMap { $0.overview + $0.knockouts }.filter { $0.pooled != nil }
    let wide = all.filter { $0.layers == nil && $0.heads == nil }
    let narrow = all.filter { $0.layers != nil || $0.heads != nil }.enumerated().sorted {
      ($0.element.harm, $1.offset) > ($1.element.harm, $0.offset)
    }.map(\.element)
    var room = budget
    let texts = (wide + narrow).map(Self.row)
    rows = Array(
      texts.prefix { text in
        room -= text.utf8.count + 2
        return room >= 0
      })
    left = texts.count - rows.count
  }

  /// A member of the page's data; null where there are none.
  var json: String {
    guard !rows.isEmpty else { return "null" }
    return "{\"left\":\(left),\"rows\":[\n\(rows.joined(separator: ",\n"))]}"
  }

  private static func row(_ knockout: Knockout) -> String {
    let outcome = knockout.pooled
    let bounds = knockout.benefitLostInterval.map { [$0.lowerBound, $0.upperBound] } ?? []
    return ScriptJSON.array([
      ScriptJSON.string(AblationReport.symbols(knockout.swept).visible), region(knockout.query), region(knockout.key),
      knockout.layers.map { ScriptJSON.array($0.map(String.init)) } ?? "null",
      knockout.heads.map { ScriptJSON.array($0.map { "[\($0.layer),\($0.head)]" }) } ?? "null",
      knockout.benefitLost.map { ScriptJSON.share($0, isZero: false) } ?? "null",
      ScriptJSON.array(bounds.map { ScriptJSON.share($0, isZero: false) }),
      ScriptJSON.number(outcome?.knockout ?? .nan), ScriptJSON.number(outcome?.kl ?? .nan),
      ScriptJSON.share(outcome?.agreement ?? .nan, isZero: false),
    ])
  }

  private static func region(_ name: String?) -> String { name.map { ScriptJSON.string($0.visible) } ?? "null" }
}

extension Knockout {
  /// What interventions are ranked by: the benefit lost, or the divergence where there is no benefit.
  var harm: Double { benefitLost ?? pooled?.kl ?? 0 }

  /// The name without the layer or the head that a sweep adds, for the page tells these apart by place.
  fileprivate var swept: String {
    sweep == "layers" || sweep == "heads" ? family?.whole ?? name : name
  }
}
