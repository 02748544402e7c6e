import StrictJSON

extension AttentionDivergence: AnnotatedRow {
  var annotations: JSONObject {
    let shares = shareIntervals.contains { $0 != nil }
    return JSONObject(["competition": competition.map(\.name)])
      .with(present: [
        "divergenceInterval": divergenceInterval?.bounds,
        "shareInterval": shares ? JSONObject.byTerm { shareIntervals[$0.rawValue]?.bounds } : nil,
      ])
  }

  mutating func annotate(_ reader: JSONReader) throws(JSONMemberError) {
    for name in try reader.optionalStrings("competition") ?? [] {
      guard let term = Term.allCases.first(where: { $0.name == name }) else {
        throw reader.error(
          "competition", "\"\(name)\" is not one of \(Term.allCases.map(\.name).joined(separator: ", "))")
      }
      competition.append(term)
    }
    divergenceInterval = try reader.optionalInterval("divergenceInterval")
    if let shares = try reader.optionalObject("shareInterval") {
      for term in Term.allCases { shareIntervals[term.rawValue] = try shares.optionalInterval(term.name) }
    }
  }
}
