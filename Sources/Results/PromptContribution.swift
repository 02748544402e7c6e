import StrictJSON

/// What each prompt contributes to a row that is pooled over heads, or over heads and layers: what comparisons of adapters pair
/// by. A row of `byPrompt` in analysis.json.
public struct PromptContribution: Sendable, Equatable {
  /// The layer; nil where layers are pooled.
  public var layer: Int?
  /// Region of the queries.
  public var query: String
  /// Region of the keys.
  public var key: String
  /// By prompt, the number of queries, over heads and layers where pooled.
  public var queries: [Int]
  /// By prompt, the mean over its queries of ½Σ_{j∈key} |p′_ij − p_ij|; nil where the analysis has no part `mass`.
  public var moved: [Double]?
  /// By prompt, the mean over its queries of what attention felt, in nats; nil where the analysis has no part `attention`.
  public var divergence: [Double]?
  /// By ``Term``'s raw value and prompt, the terms' parts of it; nil likewise, and for single layers unless they were asked for.
  public var nats: [[Double]]?
  /// Products of the terms with the change; nil for single layers unless they were asked for (`--per-prompt`).
  public var raw: Energies?
  /// The same of centred terms.
  public var centered: Energies?

  /// By prompt, the energy of the change and what terms explain of it.
  public struct Energies: Sendable, Equatable {
    /// ΣΔ².
    public var delta: [Double]
    /// ΣTΔ, by ``Term``'s raw value.
    public var terms: [[Double]]

    /// Energies from their parts.
    public init(delta: [Double], terms: [[Double]]) {
      self.delta = delta
      self.terms = terms
    }
  }

  /// A row from its parts.
  public init(
    layer: Int?, query: String, key: String, queries: [Int], moved: [Double]?, divergence: [Double]? = nil,
    nats: [[Double]]? = nil, raw: Energies?, centered: Energies?
  ) {
    self.layer = layer
    self.query = query
    self.key = key
    self.queries = queries
    self.moved = moved
    self.divergence = divergence
    self.nats = nats
    self.raw = raw
    self.centered = centered
  }
}

extension PromptContribution {
  init(_ reader: JSONReader, prompts: Int) throws(JSONMemberError) {
    let raw = reader["delta"] == nil ? nil : try Energies(reader, prompts: prompts)
    let centered = try reader.optionalObject("centered").reading { centered throws(JSONMemberError) in
      try Energies(centered, prompts: prompts)
    }
    guard let queries = try reader.optionalIntegers("queries"), queries.count == prompts,
      queries.allSatisfy({ $0 >= 0 })
    else { throw reader.error("queries", "a number of queries for each of the \(prompts) prompts is expected") }
    self.init(
      layer: try reader.optionalIndex("layer"), query: try reader.string("query"), key: try reader.string("key"),
      queries: queries, moved: try reader.optionalNumbers("moved", count: prompts),
      divergence: try reader.optionalNumbers("divergence", count: prompts),
      nats: try reader.optionalObject("nats").reading { nats throws(JSONMemberError) in
        try nats.numbersByTerm(count: prompts)
      }, raw: raw, centered: centered)
  }
}

extension PromptContribution.Energies {
  fileprivate init(_ reader: JSONReader, prompts: Int) throws(JSONMemberError) {
    self.init(
      delta: try reader.numbers("delta", count: prompts),
      terms: try reader.object("terms").numbersByTerm(count: prompts))
  }
}

extension JSONReader {
  /// As many numbers as there are prompts.
  fileprivate func numbers(_ name: String, count: Int) throws(JSONMemberError) -> [Double] {
    guard let numbers = try optionalNumbers(name) else { throw error(name, "missing") }
    guard numbers.count == count else { throw error(name, "\(numbers.count) numbers for the file's \(count) prompts") }
    return numbers
  }

  /// The same, or nothing.
  fileprivate func optionalNumbers(_ name: String, count: Int) throws(JSONMemberError) -> [Double]? {
    self[name] == nil ? nil : try numbers(name, count: count)
  }

  /// The same of each term.
  fileprivate func numbersByTerm(count: Int) throws(JSONMemberError) -> [[Double]] {
    var terms: [[Double]] = []
    for term in Term.allCases { terms.append(try numbers(term.name, count: count)) }
    return terms
  }
}
