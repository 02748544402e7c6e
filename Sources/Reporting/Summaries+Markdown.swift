import Results

/// The two models of a comparison, for the tables that say what was compared.
extension BaseSummary {
  /// Name, family and sizes.
  var inMarkdown: String {
    """
    \(Markdown.name(name)) (\(Markdown.inline(family)), \(Numbers.count(layers, "layer")) × \(Numbers.count(heads, "head")), \
    \(Numbers.count(keyValueHeads, "key-value head")) of width \(headDimension), \(Markdown.inline(dtype)))
    """
  }
}

extension AdaptedSummary {
  /// Name and kind.
  var inMarkdown: String {
    let name = Markdown.name(name)
    switch kind {
    case "lora":
      let rank = rank.map { ", rank \($0)" } ?? ""
      let scaling = scaling.map { ", scaling \(Numbers.setting($0))" } ?? ""
      return "\(name) (LoRA\(rank)\(scaling))"
    case "none": return "\(name), the base itself"
    default: return "\(name) (a full checkpoint)"
    }
  }

  /// The kinds of module that change.
  var targetsInMarkdown: String { targets.isEmpty ? "none" : targets.map(Markdown.name).joined(separator: ", ") }
}
