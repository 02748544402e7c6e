import Results
import StrictJSON

/// The tokens of a prompt, and their texts where there is a tokenizer.
package struct PromptTokens: Equatable {
  package var ids: [Int]
  package var texts: [String]?

  /// Tokens.
  package init(ids: [Int], texts: [String]? = nil) {
    (self.ids, self.texts) = (ids, texts)
  }
}

/// What a part says of a prompt of its batches.
package struct PartPrompt: Equatable {
  /// By adapter, the prompt as a result states it.
  package var summaries: [PromptSummary]
  /// By adapter and region, how many tokens there are; empty where nobody asks.
  package var regionTokens: [[Int]] = []
  /// Its tokens, where pairs are kept.
  package var tokens: PromptTokens?

  /// What a part says of a prompt.
  package init(summaries: [PromptSummary], regionTokens: [[Int]] = [], tokens: PromptTokens? = nil) {
    (self.summaries, self.regionTokens, self.tokens) = (summaries, regionTokens, tokens)
  }

  /// As an object of JSON.
  package func object(index: Int) -> [String: Any] {
    let adapters = summaries.enumerated().map { run, summary in
      var object: [String: Any] = ["id": summary.id, "tokens": summary.tokens]
      object["separator"] = summary.separator
      object["activeFrom"] = summary.activeFrom
      object["judged"] = summary.judged
      if !regionTokens.isEmpty { object["regions"] = regionTokens[run] }
      return object
    }
    var object: [String: Any] = ["index": index, "adapters": adapters]
    object["ids"] = tokens?.ids
    object["texts"] = tokens?.texts
    return object
  }
}

extension PartPrompt {
  /// Reads an object.
  /// - Parameter regions: By adapter, how many regions there are; nil where nobody asks for their tokens.
  package init(_ reader: JSONReader, adapters: Int, regions: [Int]?, hasTokens: Bool) throws(JSONMemberError) {
    let own = try reader.objects("adapters")
    guard own.count == adapters else { throw reader.error("adapters", "\(adapters) are expected") }
    (summaries, regionTokens) = ([], [])
    for (run, entry) in own.enumerated() {
      let length = try entry.integer("tokens", in: 0...1 << 40)
      summaries.append(
        PromptSummary(
          id: try entry.string("id"), tokens: length, separator: try entry.optionalInteger("separator"),
          activeFrom: try entry.optionalInteger("activeFrom"), judged: try entry.optionalInteger("judged")))
      guard let regions else { continue }
      let counts = try entry.optionalIntegers("regions") ?? []
      guard counts.count == regions[run], counts.allSatisfy((0...length).contains) else {
        throw entry.error("regions", "a number of tokens for each of \(regions[run]) regions is expected")
      }
      regionTokens.append(counts)
    }
    guard hasTokens else { return }
    let (ids, texts) = (try reader.optionalIntegers("ids") ?? [], try reader.optionalStrings("texts"))
    guard summaries.allSatisfy({ $0.tokens == ids.count }), texts.map({ $0.count == ids.count }) ?? true else {
      throw reader.error("ids", "an id and a text for each token are expected")
    }
    tokens = PromptTokens(ids: ids, texts: texts)
  }
}
