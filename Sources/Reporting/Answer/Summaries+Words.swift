import Results

/// The two models of a comparison, for the tables that say what was compared.
extension BaseSummary {
  /// Name, family and sizes.
  var words: Phrase {
    """
    \(.code(name)) (\(family), \(Numbers.count(layers, "layer")) × \(Numbers.count(heads, "head")), \
    \(Numbers.count(keyValueHeads, "key-value head")) of width \(headDimension), \(dtype))
    """
  }
}

extension AdaptedSummary {
  /// Name and kind.
  var words: Phrase {
    switch kind {
    case "lora":
      let rank = rank.map { ", rank \($0)" } ?? ""
      let scaling = scaling.map { ", scaling \(Numbers.setting($0))" } ?? ""
      return "\(.code(name)) (LoRA\(rank)\(scaling))"
    case "none": return "\(.code(name)), the base itself"
    default: return "\(.code(name)) (a full checkpoint)"
    }
  }

  /// The kinds of module that change, and how many of the adapter's modules that are.
  var targetWords: Phrase {
    let kinds: Phrase = targets.isEmpty ? "none" : targets.map(Phrase.code).joined(by: ", ")
    return modules.map { "\(kinds) (\($0.applied) of \(Numbers.count($0.total, "module")) of the adapter)" } ?? kinds
  }
}
