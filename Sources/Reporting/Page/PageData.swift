import Results

/// What a page draws from: rows by pair of regions, the most telling first, as many as the page may weigh.
struct PageData {
  /// What a row tells.
  enum Kind: String { case terms, nats, detail, mass, sources, values, writers, headWriters, roles, pairs }
  /// What rows are of.
  enum Scope { case whole, layers, heads }

  /// What matters most comes first: layers before heads, terms before what they are made of.
  private static let order: [(scope: Scope, kinds: [Kind])] = [
    (.whole, [.terms, .nats, .detail, .mass, .sources, .values, .writers]), (.layers, [.terms, .nats, .writers]),
    (.heads, [.roles, .terms, .nats]),
    (.layers, [.detail, .mass, .sources, .values, .pairs, .headWriters]),
    (.heads, [.mass, .writers, .detail, .sources, .values, .headWriters, .pairs]),
  ]

  private let analysis: Analysis
  private let findings: [Findings]
  private var groups: [String] = []
  private var tokens: PageTokens
  /// Everything but rows and tokens.
  private let fixed: String

  /// The rows of an analysis.
  /// - Parameter budget: How many bytes they may take.
  init(
    _ analysis: Analysis, _ findings: [Findings], _ ablations: [Ablation], markdown: String,
    tables: [(name: String, csv: String)], budget: Int
  ) {
    self.analysis = analysis
    self.findings = findings
    tokens = PageTokens(analysis.excerpts ?? [])
    let writers = PageWriters(analysis)
    let rows = PageRows(findings, writers, HeadRoleNames(analysis))
    let ranked = findings.byWeight.filter { findings[$0].isChanged }
    let fixed = Self.fixed(analysis, findings, markdown, tables, writers)
    // Knock-outs are told by head like the terms, so that no more than a third is theirs.
    let knockouts = PageKnockouts(ablations, budget: (budget - fixed.utf8.count) / 3)
    self.fixed = "\(fixed),\n\"knockouts\":\(knockouts.json)"
    var left = budget - self.fixed.utf8.count
    for (scope, kinds) in Self.order {
      for kind in kinds {
        for pair in kind == .roles ? ranked.prefix(1) : ranked[...] {
          // What would fill the page by itself stands with its largest numbers alone.
          let most = kind.isOfWriters ? min(left, budget / 8) : left
          let isWhole = add(kind, pair, rows.rows(kind, scope, of: pair, bytes: most), most: most, left: &left)
          if !isWhole, kind.isOfWriters {
            add(kind, pair, rows.largest(kind, scope, of: pair), most: left, left: &left)
          }
        }
      }
    }
  }

  /// Adds rows if there is room for all of them.
  /// - Returns: Whether there was.
  @discardableResult
  private mutating func add(_ kind: Kind, _ pair: Int, _ rows: [PageRows.Row], most: Int, left: inout Int) -> Bool {
    guard !rows.isEmpty else { return false }
    let text = ScriptJSON.object([
      "pair": "\(pair)", "kind": ScriptJSON.string(kind.rawValue),
      "rows": "[\n\(rows.map(\.json).joined(separator: ",\n"))]",
    ])
    var with = tokens
    let bytes = text.utf8.count + 2 + rows.flatMap(\.pairs).reduce(0) { $0 + with.show($1) }
    guard bytes <= most else { return false }
    left -= bytes
    tokens = with
    groups.append(text)
    return true
  }

  /// The document for the page's script element.
  var json: String {
    "{\(fixed),\n\"tokens\":\(tokens.json),\n\"groups\":[\n\(groups.joined(separator: ",\n"))]}"
  }

  private static func fixed(
    _ analysis: Analysis, _ findings: [Findings], _ markdown: String, _ tables: [(name: String, csv: String)],
    _ writers: PageWriters
  ) -> String {
    let pairs = findings.map { findings in
      ScriptJSON.object([
        "query": ScriptJSON.string(findings.pair.query.visible), "key": ScriptJSON.string(findings.pair.key.visible),
        "isChanged": "\(findings.isChanged)", "split": ScriptJSON.string(findings.yardstick.split),
        "structural": ScriptJSON.array(findings.structural.map { "\($0.rawValue)" }),
      ])
    }
    // Where pairs of tokens name prompts.
    let prompts = analysis.pairs == nil ? [] : analysis.prompts.map { ScriptJSON.string(TokenContext.visible($0.id)) }
    return ScriptJSON.members([
      "adapted": ScriptJSON.string(analysis.adapted.name.visible), "layers": "\(analysis.base.layers)",
      "heads": "\(analysis.base.heads)",
      "first": ScriptJSON.index(
        Answer.first(findings).flatMap { first in findings.firstIndex { $0.pair == first.pair } }),
      "markdown": ScriptJSON.string(markdown), "pairs": ScriptJSON.array(pairs), "prompts": ScriptJSON.array(prompts),
      "hasTexts": "\(analysis.excerpts?.contains { $0.texts != nil } ?? false)",
      "writers": writers.names, "writerParts": "\(writers.partCount)",
      "tables": ScriptJSON.array(tables.map { "[\(ScriptJSON.string($0.name)),\(ScriptJSON.string($0.csv))]" }),
    ])
  }
}

extension PageData.Kind {
  /// Whether rows have a number for each of many writers.
  var isOfWriters: Bool { self == .writers || self == .headWriters }
}
