import Results

/// What was compared, by label.
struct SettingWords {
  private let analysis: Analysis

  init(_ analysis: Analysis) { self.analysis = analysis }

  /// The models, the mask, the prompts.
  var rows: [(label: String, text: Phrase)] {
    let tokens = analysis.prompts.reduce(0) { $0 + $1.tokens }
    return [
      ("base", analysis.base.words),
      ("adapted", analysis.adapted.words),
      ("changed modules", analysis.adapted.targetWords),
      ("mask", mask),
      ("prompts", "\(Numbers.count(analysis.prompts.count)) with \(Numbers.count(tokens, "token"))"),
      ("regions", "\(analysis.regionList)"),
      ("reference point", "\(analysis.reference.explanation)"),
    ]
  }

  private var mask: Phrase {
    let inactive = analysis.prompts.count { $0.activeFrom == nil }
    let late = analysis.prompts.count { ($0.activeFrom ?? 0) > 0 }
    let followsSeparator = analysis.prompts.allSatisfy { $0.activeFrom != nil && $0.activeFrom == $0.separator }
    let effect: String
    if analysis.adapted.isBase {
      effect = "nothing to switch on or off"
    } else if isByProjection {
      effect = "projections have masks of their own"
    } else if followsSeparator && late > 0 {
      effect = "the adapter acts from the separator on, in every prompt"
    } else if late == 0 && inactive == 0 {
      effect = "the adapter acts on every token"
    } else {
      let off = inactive > 0 ? ", and nowhere in \(inactive)" : ""
      effect = "the adapter starts behind the first token in \(late) of \(analysis.prompts.count) prompts\(off)"
    }
    return "\(.code(analysis.mask)): \(effect)"
  }

  /// Whether one place from which the adapter acts would say too little.
  private var isByProjection: Bool {
    analysis.mask == "two views" || analysis.mask.utf8.contains(UInt8(ascii: ":"))
  }
}
