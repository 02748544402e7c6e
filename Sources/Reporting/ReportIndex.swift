import Results

/// index.md: several adapters of one base beside each other, each with a report in a folder of its own.
public struct ReportIndex {
  let entries: [(name: String, analysis: Analysis)]

  /// An index of reports by the names of their folders.
  public init(_ entries: [(name: String, analysis: Analysis)]) { self.entries = entries }

  /// The file's text.
  public var text: String {
    let base = entries.first?.analysis.base.name ?? ""
    let head = "# \(Numbers.count(entries.count, "adapter")) of \(Markdown.name(base))"
    let blocks = pairs.map { "## \($0.title)\n\n\(table($0))" }
    return ([head, adapters] + blocks).joined(separator: "\n\n") + "\n"
  }

  private var adapters: String {
    Markdown.table(
      ["report", "what it is", "rank", "changes", "mask"],
      entries.map { entry in
        let adapted = entry.analysis.adapted
        return [
          "[\(Markdown.inline(entry.name))](\(Self.link(entry.name))/report.md)", adapted.kind,
          adapted.rank.map(String.init) ?? "–",
          adapted.targets.isEmpty ? "–" : adapted.targets.map(Markdown.name).joined(separator: ", "),
          entry.analysis.mask,
        ]
      })
  }

  /// All pairs of regions that any report has, in the order of their first appearance.
  private var pairs: [RegionPair] {
    entries.flatMap { RegionPair.all($0.analysis) }.reduce(into: []) { pairs, pair in
      if !pairs.contains(pair) { pairs.append(pair) }
    }
  }

  private func table(_ pair: RegionPair) -> String {
    let terms = Term.allCases
    let header = ["adapter", "rms ΔS"] + terms.map(\.symbol) + terms.map { "\($0.symbol) centred" }
    return Markdown.table(
      header,
      entries.compactMap { entry in
        guard let row = entry.analysis.summary.first(where: { $0.layer == nil && pair.matches($0) }) else { return nil }
        return [Markdown.inline(entry.name), Numbers.size(row.raw.delta.rms)]
          + terms.map { Numbers.percent(row.raw[$0].share) } + terms.map { Numbers.percent(row.centered[$0].share) }
      })
  }

  /// A folder's name inside a link.
  private static func link(_ name: String) -> String {
    name.utf8.map { byte in
      let scalar = Unicode.Scalar(byte)
      let isPlain = scalar.isASCII && (scalar.properties.isAlphabetic || scalar.properties.numericType != nil)
      return isPlain || "-_.".unicodeScalars.contains(scalar) ? String(scalar) : "%" + hexadecimal(byte)
    }.joined()
  }

  private static func hexadecimal(_ byte: UInt8) -> String { (byte < 16 ? "0" : "") + String(byte, radix: 16) }
}
