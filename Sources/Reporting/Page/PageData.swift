import Results

/// What a page draws from: rows by pair of regions, the most telling first, as many as the page may weigh.
struct PageData {
  /// What a row tells.
  enum Kind: String { case terms, nats, detail, mass, sources, values, pairs }
  /// What rows are of.
  enum Scope { case whole, layers, heads }

  /// What matters most comes first: layers before heads, terms before what they are made of.
  private static let order: [(scope: Scope, kinds: [Kind])] = [
    (.whole, [.terms, .nats, .detail, .mass, .sources, .values]), (.layers, [.terms, .nats]),
    (.heads, [.terms, .nats]),
    (.layers, [.detail, .mass, .sources, .values, .pairs]), (.heads, [.mass, .detail, .sources, .values, .pairs]),
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
    let rows = PageRows(findings)
    let ranked = findings.byWeight.filter { findings[$0].isChanged }
    let fixed = Self.fixed(analysis, findings, markdown, tables)
    // Knock-outs are told by head like the terms, so that no more than a third is theirs.
    let knockouts = PageKnockouts(ablations, budget: (budget - fixed.utf8.count) / 3)
    self.fixed = "\(fixed),\n\"knockouts\":\(knockouts.json)"
    var left = budget - self.fixed.utf8.count
    for (scope, kinds) in Self.order {
      for kind in kinds {
        for pair in ranked { add(kind, pair, rows.rows(kind, scope, of: pair), left: &left) }
      }
    }
  }

  /// Adds rows if there is room for all of them.
  private mutating func add(_ kind: Kind, _ pair: Int, _ rows: [PageRows.Row], left: inout Int) {
    guard !rows.isEmpty else { return }
    let text = ScriptJSON.object([
      "pair": "\(pair)", "kind": ScriptJSON.string(kind.rawValue),
      "rows": "[\n\(rows.map(\.json).joined(separator: ",\n"))]",
    ])
    var with = tokens
    let bytes = text.utf8.count + 2 + rows.flatMap(\.pairs).reduce(0) { $0 + with.show($1) }
    guard bytes <= left else { return }
    left -= bytes
    tokens = with
    groups.append(text)
  }

  /// The document for the page's script element.
  var json: String {
    "{\(fixed),\n\"tokens\":\(tokens.json),\n\"groups\":[\n\(groups.joined(separator: ",\n"))]}"
  }

  private static func fixed(
    _ analysis: Analysis, _ findings: [Findings], _ markdown: String, _ tables: [(name: String, csv: String)]
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
      "tables": ScriptJSON.array(tables.map { "[\(ScriptJSON.string($0.name)),\(ScriptJSON.string($0.csv))]" }),
    ])
  }
}
