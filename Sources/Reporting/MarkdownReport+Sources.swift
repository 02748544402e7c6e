import Results

/// What the terms with dK and dQ are made of.
extension MarkdownReport {
  var sourceTables: String? {
    guard analysis.sources != nil else { return nil }
    let findings = tables.findings.spoken
    let rows = findings.compactMap(\.sources)
    guard rows.contains(where: { $0.hasChange }) else { return nil }
    let names = rows.map(\.dKtQ).max { $0.byName.count < $1.byName.count }?.byName.map(\.name) ?? []
    let header = ["block"] + SourcedTerm.allCases.flatMap { term in names.map { "\(term.term.symbol) \($0) %" } }
    let cells = rows.map { row in
      [Markdown.inline("\(row.query) → \(row.key)")]
        + SourcedTerm.allCases.flatMap { term in
          names.map { name in
            let size = row[keyPath: term.shares].byName.first { $0.name == name }?.size
            return size.map { $0.rms == 0 ? "0" : Numbers.hundredth($0.share) } ?? "–"
          }
        }
    }
    let lines = findings.compactMap { findings in
      leading(findings.rows.sources.filter { $0.layer != nil && $0.head == nil })
    }
    return """
      ## What the terms are made of

      Keys and queries change for three reasons: the layer's own weights changed (**own**, dW·x), the stream that it reads \
      changed (**inherited**, W·dx), or both (**joint**, dW·dx)\(names.contains("norm") ? "; **norm** is what the norm on queries and keys adds by dividing by another length" : ""). \
      Shares are of each term's own energy, over all layers and heads; 0 is an exact zero.

      \(Markdown.table(header, cells))

      \(lines.joined(separator: "\n"))
      """
  }

  /// Which source leads in which layers.
  private func leading(_ rows: [TermSources]) -> String? {
    guard rows.count > 1, let first = rows.first else { return nil }
    let terms = SourcedTerm.allCases.compactMap { term -> String? in
      let leaders = rows.compactMap { row -> (name: String, layer: Int)? in
        let best = row[keyPath: term.shares].byName.filter { $0.size.rms > 0 }.max { $0.size.share < $1.size.share }
        return best.map { ($0.name, row.layer ?? 0) }
      }
      let groups = first[keyPath: term.shares].byName.map(\.name).compactMap { name -> String? in
        let layers = leaders.filter { $0.name == name }.map(\.layer)
        return layers.isEmpty
          ? nil : "\(name) leads in \(Numbers.count(layers.count, "layer")) (\(Markdown.runs(layers)))"
      }
      return groups.isEmpty ? nil : "\(term.term.symbol): \(groups.joined(separator: ", "))"
    }
    return terms.isEmpty
      ? nil : "- \(Markdown.inline("\(first.query) → \(first.key)")): \(terms.joined(separator: "; "))."
  }
}

extension TermSources {
  fileprivate var hasChange: Bool { (dKtQ.byName + KtdQ.byName).contains { $0.size.rms > 0 } }
}
