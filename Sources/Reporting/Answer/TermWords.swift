import Results

/// Puts into words which term a pair's change goes through.
struct TermWords {
  private let hasSeveralPrompts: Bool
  private let reference: ReferencePoint

  init(_ analysis: Analysis) {
    hasSeveralPrompts = analysis.prompts.count > 1
    reference = analysis.reference
  }

  /// The verdict with its shares, and what there is to know about it.
  func sentences(_ findings: Findings) -> Phrase {
    let sentences = [
      verdict(findings), leaks(findings), cancellation(findings), byLayer(findings), disagreement(findings),
      sameness(findings),
    ]
    return sentences.joined(by: " ")
  }

  private func verdict(_ findings: Findings) -> Phrase {
    let split = findings.split(of: findings.pooled)
    let structural = findings.structural
    if case .term(let only) = findings.pooled.raw.dominantTerm, findings.isAllOf(only) {
      return "\(.strong("All of the change is \(only.symbol).")) \(zeros(structural))\(gained(findings))"
    }
    let raw = findings.pooled.hasCentered ? "" : " the raw change"
    let leader: Phrase =
      switch split.dominantTerm {
      case .term(let term): .strong("\(term.symbol) leads\(raw)")
      default: .strong("No term leads\(raw)")
      }
    let hidden = reference == .midpoint ? structural : []
    let shares = split.ranked.filter { !hidden.contains($0) }.map { "\($0.symbol) \(share(split[$0]))" as Phrase }
    return
      "\(leader): \(shares.joined(by: ", ")).\(structural.isEmpty || !hidden.isEmpty ? "" : " \(zeros(structural))")"
  }

  /// Which terms cannot be anything but zero, and why.
  private func zeros(_ terms: [Term]) -> Phrase {
    let reason: Phrase =
      switch terms {
      case [.dKtQ, .dKtdQ]: "no key here can differ from the base's"
      case [.KtdQ, .dKtdQ]: "no query here can differ from the base's"
      default: "no changed key meets a changed query"
      }
    let names = Phrase.list(terms.map { Phrase(stringLiteral: $0.symbol) })
    return "\(names) \(terms.count == 1 ? "is" : "are") \(.strong("structurally zero")): \(reason)."
  }

  /// Centring takes off what a row's other keys gained, so that a structural zero gets a centred form.
  private func gained(_ findings: Findings) -> Phrase {
    let centered = findings.pooled.centered
    guard findings.pooled.hasCentered, findings.structural.contains(where: { centered[$0].magnitude.rms > 0 }) else {
      return ""
    }
    let shares = centered.ranked.map { "\($0.symbol) \(share(centered[$0]))" as Phrase }
    return """
       Centred, \(shares.joined(by: ", ")): a structural zero's centred form is what the row's other keys gained; it is no leak.
      """
  }

  private func leaks(_ findings: Findings) -> Phrase {
    guard !findings.leaks.isEmpty else { return "" }
    let names = Phrase.list(findings.leaks.map { Phrase(stringLiteral: $0.symbol) })
    return .strong("\(names) should be zero by the mask and is not: a leak, which is an error.")
  }

  private func cancellation(_ findings: Findings) -> Phrase {
    let split = findings.split(of: findings.pooled)
    guard split.cancellation > 1.3 else { return "" }
    return "The terms cancel: their shares' sizes add up to \(Numbers.percent(split.cancellation))."
  }

  /// How the verdict differs from layer to layer, each with the part of the change that is in it.
  private func byLayer(_ findings: Findings) -> Phrase {
    let verdicts = findings.verdicts
    guard findings.layers.count > 1, let first = verdicts.first else { return "" }
    let open = findings.undecided
    let undecided: Phrase =
      open.isEmpty
      ? "" : " In \(layers(open)) the intervals of the first two terms overlap: undecided."
    if verdicts.count == 1 { return "\(first.verdict.holds)\(undecided)" }
    let parts = verdicts.map { verdict -> Phrase in
      "\(verdict.verdict.sentence) in \(Numbers.percent(verdict.part)) (\(layers(verdict.layers)))"
    }
    return "By layer, as parts of the change: \(parts.joined(by: ", ")).\(undecided)"
  }

  private func layers(_ numbers: [Int]) -> Phrase { "L\(Markdown.runs(numbers))" }

  /// The raw split, where it says otherwise.
  private func disagreement(_ findings: Findings) -> Phrase {
    let raw = findings.pooled.raw
    guard findings.pooled.hasCentered, findings.structural.isEmpty || reference == .midpoint,
      raw.dominantTerm != findings.pooled.centered.dominantTerm
    else { return "" }
    let shares = raw.ranked.map { "\($0.symbol) \(share(raw[$0]))" as Phrase }
    return "Raw, with what moves no attention, \(raw.dominantTerm.sentence): \(shares.joined(by: ", "))."
  }

  /// What the prompts cannot tell.
  private func sameness(_ findings: Findings) -> Phrase {
    guard hasSeveralPrompts, !findings.isAllOf(.KtdQ), !findings.isAllOf(.dKtQ) else { return "" }
    guard let interval = findings.split(of: findings.pooled)[.KtdQ].shareInterval else {
      return "Only one prompt has this pair of regions, so there is no interval."
    }
    return interval.upperBound - interval.lowerBound < 1e-12
      ? "This pair of regions is the same in all prompts, so there is no interval." : ""
  }

  /// "57 % [55 to 59 %]"; an interval narrower than the rounding is not printed.
  private func share(_ term: TermStatistics) -> Phrase {
    let text = Phrase(stringLiteral: Numbers.percent(term.share))
    guard hasSeveralPrompts, let interval = term.shareInterval,
      let bounds = Numbers.roundInterval(interval)
    else { return text }
    return "\(text) [\(bounds)]"
  }
}

extension Findings {
  /// Whether every other term is a structural zero.
  func isAllOf(_ term: Term) -> Bool { structural.count == 2 && !structural.contains(term) }
}

extension Dominance {
  /// "KᵀdQ leads", "no term leads", "nothing changes".
  var sentence: Phrase {
    switch self {
    case .term(let term): "\(term.symbol) leads"
    case .mixed: "no term leads"
    case .unchanged: "nothing changes"
    }
  }

  /// That it is so in every layer.
  fileprivate var holds: Phrase {
    switch self {
    case .term: "It leads in every layer."
    case .mixed: "No term leads in any layer."
    case .unchanged: ""
    }
  }
}
