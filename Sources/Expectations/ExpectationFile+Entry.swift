import Results
import Yams

/// The words that `quantity` may be.
enum QuantityWord: String, CaseIterable {
  case share, dominance, mean, meanAbs, rms, maxAbs, dominantTerm, structuralZero, stream, closure

  /// Keys that an expectation of this quantity may have, besides name, reason and quantity.
  var keys: [String] {
    let rows = ["query", "key", "layers", "heads"]
    return switch self {
    case .share, .dominance, .mean, .meanAbs, .rms, .maxAbs:
      ["term", "centered"] + rows + ["pooled"] + Self.bounds
    case .dominantTerm: ["is", "centered"] + rows + ["pooled"]
    case .structuralZero: ["term"] + rows
    case .stream: ["region", "layers"] + Self.bounds
    case .closure: Self.bounds
    }
  }

  static let bounds = ["atLeast", "atMost", "equals", "tolerance"]
  static let everyKey = Set(allCases.flatMap(\.keys))
}

extension ExpectationFile.Entry {
  /// Reads one item of the list.
  init(_ mapping: YAMLMapping) throws(ExpectationsError) {
    let words = QuantityWord.allCases.map(\.rawValue)
    guard let word = try mapping.word("quantity", among: words), let quantity = QuantityWord(rawValue: word)
    else {
      try mapping.allow(["name", "reason", "quantity"] + QuantityWord.everyKey.sorted())
      throw mapping.error(nil, "the key “quantity” is missing; it is one of \(words.joined(separator: ", "))")
    }
    try mapping.allow(["name", "reason", "quantity"] + quantity.keys) { key in
      guard QuantityWord.everyKey.contains(key) else { return nil }
      return "“\(key)” does not apply to \(quantity). It takes \(quantity.keys.joined(separator: ", "))"
    }
    name = try mapping.text("name")
    expectation = try mapping.expectation(quantity)
    expectation.reason = try mapping.text("reason")
    line = mapping.line
    column = mapping.column
  }
}

extension YAMLMapping {
  fileprivate func expectation(_ word: QuantityWord) throws(ExpectationsError) -> AnalysisExpectation {
    let centered = try boolean("centered") ?? false
    switch word {
    case .share:
      return .number(.share(of: try term(), centered: centered), of: try selection(), within: try bounds())
    case .dominance:
      return .number(
        .dominance(of: try term(), centered: centered), of: try selection(), within: try bounds())
    case .mean, .meanAbs, .rms, .maxAbs:
      // The four words are the statistic's own.
      let statistic = MagnitudeStatistic(rawValue: word.rawValue) ?? .rms
      let quantity = Quantity.magnitude(statistic, of: try scorePart(), centered: centered)
      return .number(quantity, of: try selection(), within: try bounds())
    case .structuralZero:
      return .structuralZero(of: try term(), in: try selection())
    case .dominantTerm:
      return .dominantTerm(is: try verdict(), in: try selection(), centered: centered)
    case .stream:
      let selection = Selection(region: try region("region"), layers: try indices("layers"))
      return .number(.streamDivergence, of: selection, within: try bounds())
    case .closure:
      return .number(.closure, within: try bounds())
    }
  }

  private func required(_ name: String, among words: [String]) throws(ExpectationsError) -> String {
    guard let word = try word(name, among: words) else {
      throw error(nil, "the key “\(name)” is missing; it is one of \(words.joined(separator: ", "))")
    }
    return word
  }

  private func term() throws(ExpectationsError) -> Term {
    let word = try required("term", among: Term.allCases.map(\.name))
    return Term.allCases.first { $0.name == word } ?? .dKtQ
  }

  private func scorePart() throws(ExpectationsError) -> ScorePart {
    ScorePart(rawValue: try required("term", among: ScorePart.allCases.map(\.rawValue))) ?? .delta
  }

  private func verdict() throws(ExpectationsError) -> Dominance {
    switch try required("is", among: Term.allCases.map(\.name) + ["mixed", "unchanged"]) {
    case "mixed": .mixed
    case "unchanged": .unchanged
    case let word: .term(Term.allCases.first { $0.name == word } ?? .dKtQ)
    }
  }

  private func region(_ name: String) throws(ExpectationsError) -> RegionName? {
    try string(name).map { RegionName($0) }
  }

  private func selection() throws(ExpectationsError) -> Selection {
    let pooled = try word("pooled", among: ["heads", "all"])
    if pooled != nil, has("heads") {
      throw error("heads", "a pooled row holds all heads; remove heads or pooled")
    }
    if pooled == "all", has("layers") {
      throw error(
        "layers",
        "a row pooled over all layers cannot be selected by layer; remove layers or say pooled: heads")
    }
    return Selection(
      query: try region("query"), key: try region("key"), layers: try indices("layers"),
      heads: try indices("heads"),
      pooling: pooled.flatMap(Selection.Pooling.init) ?? .none)
  }

  private func bounds() throws(ExpectationsError) -> Bounds {
    let (lower, upper) = (try number("atLeast"), try number("atMost"))
    let (value, tolerance) = (try number("equals"), try number("tolerance"))
    do {
      guard let value else {
        if tolerance != nil { throw error("tolerance", "a tolerance belongs to equals; give equals too") }
        return try Bounds(atLeast: lower, atMost: upper)
      }
      guard lower == nil, upper == nil else {
        throw error("equals", "give either equals or atLeast and atMost")
      }
      return try Bounds(equals: value, tolerance: tolerance ?? 0)
    } catch let error as BoundsError {
      let key = QuantityWord.bounds.reversed().first(where: has)
      throw self.error(
        key, error == .none ? "no bound is given; give atLeast, atMost or equals" : error.description)
    } catch let error as ExpectationsError {
      throw error
    } catch {
      throw self.error(nil, "\(error)")
    }
  }
}
