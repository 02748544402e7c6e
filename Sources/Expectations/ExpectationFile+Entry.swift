import Results
import Yams

extension ExpectationFile.Entry {
  /// Reads one item of the list.
  init(_ mapping: YAMLMapping) throws(ExpectationsError) {
    let words = QuantityWord.allCases.map(\.rawValue) + MeasureWord.all.map(\.rawValue)
    guard let word = try mapping.word("quantity", among: words) else {
      try mapping.allow(["name", "reason", "quantity"] + QuantityWord.everyKey.sorted())
      throw mapping.error(nil, "the key “quantity” is missing; it is one of \(words.joined(separator: ", "))")
    }
    let measure = MeasureWord.named(word)
    let keys = QuantityWord(rawValue: word)?.keys ?? measure.map(MeasureWord.keys) ?? []
    try mapping.allow(["name", "reason", "quantity"] + keys) { key in
      guard QuantityWord.everyKey.contains(key) else { return nil }
      return "“\(key)” does not apply to \(word). It takes \(keys.joined(separator: ", "))"
    }
    name = try mapping.text("name")
    if let measure {
      (analysis, ablation) = (try mapping.expectation(measure), nil)
    } else if let quantity = QuantityWord(rawValue: word) {
      (analysis, ablation) = try mapping.expectations(quantity)
    }
    let reason = try mapping.text("reason")
    analysis?.reason = reason
    ablation?.reason = reason
    line = mapping.line
    column = mapping.column
  }
}

extension YAMLMapping {
  /// What is expected of an analysis and of an ablation; one of the two at least.
  fileprivate func expectations(
    _ word: QuantityWord
  ) throws(ExpectationsError) -> (analysis: AnalysisExpectation?, ablation: AblationExpectation?) {
    switch word {
    case .benefitLost: return (nil, .number(.benefitLost, of: try knockout(), within: try bounds()))
    case .agreement: return (nil, .number(.agreement, of: try knockout(), within: try bounds()))
    case .kl: return try divergence()
    case .loss:
      let part = LossPart(rawValue: try required("of", among: LossPart.allCases.map(\.rawValue))) ?? .difference
      let bounds = try bounds()
      return (.number(.loss(part), within: bounds), .number(.loss(part), within: bounds))
    case .verification:
      let limit = try number("atMost")
      if let limit, limit < 0 { throw error("atMost", "a disagreement is not negative") }
      return (.verification(isAtMost: limit), .verification(isAtMost: limit))
    default: return (try expectation(word), nil)
    }
  }

  /// Of a region, base to adapted; of an intervention, adapted to intervened.
  private func divergence() throws(ExpectationsError) -> (AnalysisExpectation?, AblationExpectation?) {
    switch (has("region"), has("knockout")) {
    case (true, false):
      return (.predictionDivergence(of: try region("region"), within: try bounds()), nil)
    case (false, true): return (nil, .number(.divergence, of: try knockout(), within: try bounds()))
    case (true, true):
      throw error("knockout", "a region’s divergence and an intervention’s are two numbers; give region or knockout")
    case (false, false):
      throw error(
        nil,
        "give region (base to adapted, of an analysis) or knockout (adapted to intervened, of an ablation)")
    }
  }

  private func knockout() throws(ExpectationsError) -> String? {
    let name = try string("knockout")
    return name == "all" ? nil : name
  }

  private func expectation(_ word: QuantityWord) throws(ExpectationsError) -> AnalysisExpectation {
    let chosen = try boolean("centered")
    let centered = chosen ?? false
    switch word {
    case .share:
      return .number(.share(of: try term(), centered: centered), of: try selection(), within: try bounds())
    case .dominance:
      return .number(
        .dominance(of: try term(), centered: centered), of: try selection(), within: try bounds())
    case .structuralZero:
      return .structuralZero(of: try term(), in: try selection())
    case .dominantTerm:
      return .dominantTerm(is: try verdict(), in: try selection(), centered: chosen)
    case .stream:
      return .number(.streamDivergence, of: try regionSelection(), within: try bounds())
    case .median:
      return .number(.medianDivergence, of: try regionSelection(), within: try bounds())
    case .closure:
      return .number(.closure, within: try bounds())
    case .moved:
      return .number(.moved, of: try selection(), within: try bounds())
    case .mass:
      let part = MassPart(rawValue: try required("of", among: MassPart.allCases.map(\.rawValue))) ?? .adapted
      return .number(.mass(part), of: try selection(), within: try bounds())
    case .sources:
      return .number(try sources(), of: try selection(), within: try bounds())
    case .values:
      return .number(try values(), of: try selection(), within: try bounds())
    case .products:
      return .number(try products(), of: try regionSelection(), within: try bounds())
    default:
      // The four words that remain are the statistic's own.
      let statistic = MagnitudeStatistic(rawValue: word.rawValue) ?? .rms
      let quantity = Quantity.magnitude(statistic, of: try scorePart(), centered: centered)
      return .number(quantity, of: try selection(), within: try bounds())
    }
  }

  private func sources() throws(ExpectationsError) -> Quantity {
    let term = try required("term", among: [Term.dKtQ, .KtdQ].map(\.name))
    let source = try required("source", among: OperandSource.allCases.map(\.rawValue))
    return .sources(
      try statistic(), of: term == Term.dKtQ.name ? .dKtQ : .KtdQ, from: OperandSource(rawValue: source) ?? .own)
  }

  private func values() throws(ExpectationsError) -> Quantity {
    let statistic = try statistic()
    let parts = ValuePart.allCases.filter { statistic == .rms || $0 != .delta }
    return .values(statistic, of: ValuePart(rawValue: try required("term", among: parts.map(\.rawValue))) ?? .PdV)
  }

  private func products() throws(ExpectationsError) -> Quantity {
    let sites = ProductChange.Site.allCases
    let site = ProductChange.Site(rawValue: try required("site", among: sites.map(\.rawValue))) ?? .k
    let statistic = try statistic()
    let parts = site.partNames + (statistic == .rms ? [ProductPart.delta.rawValue] : [])
    return .products(statistic, of: ProductPart(rawValue: try required("term", among: parts)) ?? .dWx, at: site)
  }

  private func statistic() throws(ExpectationsError) -> PartStatistic {
    try word("statistic", among: PartStatistic.allCases.map(\.rawValue)).flatMap(PartStatistic.init) ?? .share
  }
}
