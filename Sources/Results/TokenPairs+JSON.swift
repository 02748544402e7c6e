import Foundation
import StrictJSON

extension Analysis {
  /// Reads pairs and excerpts, which stand for tokens of the prompts.
  mutating func readPairs(_ reader: JSONReader) throws(JSONMemberError) {
    let lengths = prompts.map(\.tokens)
    pairs = try reader.optionalRows("pairs") { row throws(JSONMemberError) in try TokenPairs(row, lengths) }
    excerpts = try reader.optionalRows("excerpts") { row throws(JSONMemberError) in try Excerpt(row, lengths) }
    if (pairs == nil) != (excerpts == nil) {
      throw reader.error(pairs == nil ? "pairs" : "excerpts", "missing; pairs and excerpts belong together")
    }
  }
}

extension TokenPairs {
  fileprivate init(_ reader: JSONReader, _ lengths: [Int]) throws(JSONMemberError) {
    self.init(
      layer: try reader.integer("layer", in: 0...JSONReader.largestIndex), head: try reader.optionalIndex("head"),
      query: try reader.string("query"), key: try reader.string("key"),
      strongest: try reader.objects("strongest").reading { pair throws(JSONMemberError) in
        try TokenPair(pair, lengths)
      })
  }
}

extension TokenPair {
  fileprivate init(_ reader: JSONReader, _ lengths: [Int]) throws(JSONMemberError) {
    let prompt = try reader.prompt(lengths)
    let query = try reader.integer("queryPosition", in: 0...max(lengths[prompt] - 1, 0))
    let pattern = try reader.object("pattern")
    let (base, adapted) = (try pattern.number("base"), try pattern.number("adapted"))
    self.init(
      prompt: prompt, head: try reader.integer("head", in: 0...JSONReader.largestIndex), queryPosition: query,
      keyPosition: try reader.integer("keyPosition", in: 0...query), raw: try Change(reader),
      centered: try Change(reader.object("centered")), base: base,
      adapted: adapted, nats: try reader.optionalNumber("nats") ?? Self.nats(base, adapted))
  }

  /// (p′ − p)·(log p′ − log p), where a file of an earlier version does not say it.
  private static func nats(_ base: Double, _ adapted: Double) -> Double {
    base > 0 && adapted > 0 ? (adapted - base) * log(adapted / base) : 0
  }
}

extension TokenPair.Change {
  fileprivate init(_ reader: JSONReader) throws(JSONMemberError) {
    let terms = try reader.object("terms")
    var values: [Double] = []
    for term in Term.allCases { values.append(try terms.number(term.name)) }
    self.init(delta: try reader.number("delta"), terms: values)
  }
}

extension Excerpt {
  fileprivate init(_ reader: JSONReader, _ lengths: [Int]) throws(JSONMemberError) {
    let prompt = try reader.prompt(lengths)
    let start = try reader.integer("start", in: 0...lengths[prompt])
    guard let ids = try reader.optionalIntegers("ids") else { throw reader.error("ids", "missing") }
    guard ids.count <= lengths[prompt] - start else {
      throw reader.error("ids", "they end behind the prompt's \(lengths[prompt]) tokens")
    }
    let texts = try reader.optionalStrings("texts")
    if let texts, texts.count != ids.count {
      throw reader.error("texts", "\(ids.count) are expected, one for each of ids, \(texts.count) were found")
    }
    self.init(prompt: prompt, start: start, ids: ids, texts: texts)
  }
}

extension JSONReader {
  /// The index of one of the prompts.
  fileprivate func prompt(_ lengths: [Int]) throws(JSONMemberError) -> Int {
    let prompt = try integer("prompt")
    guard lengths.indices.contains(prompt) else {
      throw error("prompt", "\(prompt) is not the index of one of the \(lengths.count) prompts")
    }
    return prompt
  }
}
