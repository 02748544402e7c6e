import Results
import Yams

/// What expectations are made of: terms, verdicts, regions, rows and bounds.
extension YAMLMapping {
  func required(_ name: String, among words: [String]) throws(ExpectationsError) -> String {
    guard let word = try word(name, among: words) else {
      throw error(nil, "the key “\(name)” is missing; it is one of \(words.joined(separator: ", "))")
    }
    return word
  }

  func term() throws(ExpectationsError) -> Term {
    let word = try required("term", among: Term.allCases.map(\.name))
    return Term.allCases.first { $0.name == word } ?? .dKtQ
  }

  func scorePart() throws(ExpectationsError) -> ScorePart {
    ScorePart(rawValue: try required("term", among: ScorePart.allCases.map(\.rawValue))) ?? .delta
  }

  func verdict() throws(ExpectationsError) -> Dominance {
    switch try required("is", among: Term.allCases.map(\.name) + ["mixed", "unchanged"]) {
    case "mixed": .mixed
    case "unchanged": .unchanged
    case let word: .term(Term.allCases.first { $0.name == word } ?? .dKtQ)
    }
  }

  func region(_ name: String) throws(ExpectationsError) -> RegionName? {
    try string(name).map { RegionName($0) }
  }

  func selection() throws(ExpectationsError) -> Selection {
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
      query: try region("query"), key: try isNull("key") ? .sink : region("key"), layers: try indices("layers"),
      heads: try indices("heads"),
      pooling: pooled.flatMap(Selection.Pooling.init) ?? .none)
  }

  func bounds() throws(ExpectationsError) -> Bounds {
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
