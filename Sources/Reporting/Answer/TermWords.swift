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
      verdict(findings), leaks(findings), cancellation(findings), everywhere(findings), disagreement(findings),
      sameness(findings),
    ]
    return sentences.joined(by: " ")
  }

  private func verdict(_ findings: Findings) -> Phrase {
    let (split, structural) = (findings.whole, findings.structural)
    if case .term(let only) = findings.pooled.raw.dominantTerm, findings.isAllOf(only) {
      return "\(.strong("The scores change through \(only.symbol) alone.")) \(zeros(structural))\(gained(findings))"
    }
    let raw = findings.yardstick == .energy(isCentered: false) ? " the raw change" : ""
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

  /// What structural zeros have nevertheless: attention moves by what a row's other keys gained too, and centring takes that off.
  private func gained(_ findings: Findings) -> Phrase {
    if findings.yardstick == .nats {
      guard !(findings.felt?.competition.isEmpty ?? true) else { return "" }
      let shares = findings.whole.ranked.map { "\($0.symbol) \(share(findings.whole[$0]))" as Phrase }
      let names = Phrase.list((findings.felt?.competition ?? []).map { Phrase(stringLiteral: $0.symbol) })
      return """
         Of what attention felt, \(shares.joined(by: ", ")): \(names) by competition, which is what the row's other keys gained.
        """
    }
    let centered = findings.pooled.centered
    guard findings.pooled.hasCentered, findings.structural.contains(where: { centered[$0].magnitude.rms > 0 }) else {
      return ""
    }
    let split = TermSplit(centered)
    let shares = split.ranked.map { "\($0.symbol) \(share(split[$0]))" as Phrase }
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
    guard findings.whole.cancellation > 1.3 else { return "" }
    return "The terms cancel: their shares' sizes add up to \(Numbers.percent(findings.whole.cancellation))."
  }

  /// That the verdict is the same in every layer.
  private func everywhere(_ findings: Findings) -> Phrase {
    guard findings.layers.count > 1, findings.verdicts.count == 1 else { return "" }
    return [findings.verdicts[0].verdict.holds, undecided(findings)].joined(by: " ")
  }

  private func undecided(_ findings: Findings) -> Phrase {
    let open = findings.undecided.count
    return open == 0
      ? "" : "In \(Numbers.count(open, "layer")) the intervals of the first two terms overlap: undecided."
  }

  /// How the verdict differs from layer to layer, each with the part of the change that is in it; empty where it is the same in all.
  func byLayer(_ findings: Findings) -> Phrase {
    let verdicts = findings.verdicts
    guard findings.layers.count > 1, verdicts.count > 1 else { return "" }
    let parts = verdicts.map { verdict -> Phrase in
      "\(verdict.verdict.sentence) in \(verdict.layers.count) (\(Numbers.percent(verdict.part)))"
    }
    let text: Phrase = "Of \(findings.layers.count) layers, with their part of \(findings.yardstick.whole): "
    return [text + parts.joined(by: ", ") + ".", undecided(findings)].joined(by: " ")
  }

  /// What another yardstick says, where it says otherwise: the scores' energy beside nats, the raw change beside the centred one.
  private func disagreement(_ findings: Findings) -> Phrase {
    let pooled = findings.pooled
    guard findings.structural.isEmpty || reference == .midpoint else { return "" }
    let (other, words): (Decomposition, Phrase) =
      findings.yardstick == .nats
      ? (pooled.centered, "By the scores' energy, which also counts pairs that nobody attends to,")
      : (pooled.raw, "Raw, with what moves no attention,")
    guard pooled.hasCentered, other.dominantTerm != findings.leader else { return "" }
    let split = TermSplit(other)
    let shares = split.ranked.map { "\($0.symbol) \(share(split[$0]))" as Phrase }
    return "\(words) \(other.dominantTerm.sentence): \(shares.joined(by: ", "))."
  }

  /// What the prompts cannot tell.
  private func sameness(_ findings: Findings) -> Phrase {
    guard hasSeveralPrompts, !findings.isAllOf(.KtdQ), !findings.isAllOf(.dKtQ) else { return "" }
    guard let interval = findings.whole[.KtdQ].interval else {
      return "Only one prompt has this pair of regions, so there is no interval."
    }
    return interval.upperBound - interval.lowerBound < 1e-12
      ? "This pair of regions is the same in all prompts, so there is no interval." : ""
  }

  /// "57 % [55 to 59 %]"; an interval narrower than the rounding is not printed.
  private func share(_ term: TermSplit.Share) -> Phrase {
    let text = Phrase(stringLiteral: Numbers.percent(term.share))
    guard hasSeveralPrompts, let interval = term.interval,
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
