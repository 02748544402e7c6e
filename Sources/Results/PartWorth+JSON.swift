import StrictJSON

extension PartWorth {
  var json: JSONObject {
    [
      "kind": kind.rawValue, "query": query ?? "*", "key": key ?? "*", "layers": layers,
      "heads": heads?.map { [$0.layer, $0.head] },
      "parts": parts.map { part in ["name": part.name, "drop": part.dropped, "worth": part.worth.json] as JSONObject },
      "whole": whole.json, "sets": sets.map(\.json),
    ]
  }

  init(_ reader: JSONReader, promptCount: Int) throws(JSONMemberError) {
    let name = try reader.string("kind")
    guard let kind = WorthKind(rawValue: name) else {
      let known = WorthKind.allCases.map(\.rawValue).joined(separator: ", ")
      throw reader.error("kind", "\(name) is not known; known are \(known)")
    }
    let parts = try reader.objects("parts").reading { entry throws(JSONMemberError) in
      Part(
        name: try entry.string("name"), dropped: try entry.names("drop"),
        worth: try Cost(entry.object("worth"), promptCount: promptCount))
    }
    let sets = try reader.objects("sets").reading { entry throws(JSONMemberError) in
      try Knockout(entry, promptCount: promptCount)
    }
    guard (1...Self.mostParts).contains(parts.count), sets.count == 1 << parts.count - 1 else {
      throw reader.error(
        "sets",
        "\(sets.count) of them for \(parts.count) parts; every set of 1 to \(Self.mostParts) parts but the empty one is expected"
      )
    }
    let (query, key) = (try reader.string("query"), try reader.string("key"))
    self.init(
      kind: kind, query: query == "*" ? nil : query, key: key == "*" ? nil : key,
      layers: try reader.optionalIntegers("layers"), heads: try reader.heads(), parts: parts,
      whole: try Cost(reader.object("whole"), promptCount: promptCount), sets: sets)
  }

  /// The most parts whose sets are all run.
  public static var mostParts: Int { 4 }
}

extension PartWorth.Cost {
  fileprivate var json: JSONObject {
    [
      "loss": loss, "lossInterval": lossInterval?.bounds, "benefitLost": benefitLost,
      "benefitLostInterval": benefitLostInterval?.bounds,
      "prompts": prompts.map { cost in cost.map { ["loss": $0.loss, "benefitLost": $0.benefitLost] as JSONObject } },
    ]
  }

  fileprivate init(_ reader: JSONReader, promptCount: Int) throws(JSONMemberError) {
    let prompts = try reader.gappyObjects("prompts").map { entry throws(JSONMemberError) in
      try entry.reading { entry throws(JSONMemberError) in
        PartWorth.PromptCost(loss: try entry.number("loss"), benefitLost: try entry.optionalNumber("benefitLost"))
      }
    }
    guard prompts.count == promptCount else {
      throw reader.error("prompts", "\(prompts.count) entries for the file's \(promptCount) prompts")
    }
    self.init(
      loss: try reader.optionalNumber("loss"), lossInterval: try reader.optionalBounds("lossInterval"),
      benefitLost: try reader.optionalNumber("benefitLost"),
      benefitLostInterval: try reader.optionalBounds("benefitLostInterval"), prompts: prompts)
  }
}
