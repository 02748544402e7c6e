import AnalysisFixtures
import Foundation
import Results
import Testing

@testable import Reporting

/// A page taken apart.
struct PageText {
  /// The whole file.
  let text: String
  /// Contents of the script elements that are scripts.
  let scripts: [String]
  /// Contents of the style elements.
  let styles: [String]
  /// Everything outside of scripts and style sheets.
  let markup: String
  /// The markup without its tags.
  let words: String
  /// What the script reads.
  let data: [String: Any]

  init(_ analysis: Analysis, _ ablations: [Ablation] = []) throws {
    try self.init(ReportFiles.page(analysis, ablations: ablations))
  }

  init(_ text: String) throws {
    self.text = text
    var (rest, markup) = (text[...], "")
    var (scripts, styles, json) = ([String](), [String](), "")
    while let start = ["<script", "<style"].compactMap({ rest.range(of: $0)?.lowerBound }).min() {
      let name = rest[start...].dropFirst().prefix(while: \.isLetter)
      let open = try #require(rest[start...].firstIndex(of: ">"))
      let end = try #require(rest[open...].range(of: "</\(name)>"))
      let content = String(rest[rest.index(after: open)..<end.lowerBound])
      switch rest[start...open] {
      case "<script>": scripts.append(content)
      case "<script type=\"application/json\" id=\"data\">": json += content
      default: styles.append(content)
      }
      markup += rest[...open]
      markup += rest[end]
      rest = rest[end.upperBound...]
    }
    (self.scripts, self.styles, self.markup) = (scripts, styles, markup + rest)
    words = self.markup.replacing(#/<[^>]*>/#, with: "")
    data = try #require(try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any])
  }
}

extension SyntheticAnalysis {
  /// An analysis of that size with every part, and eight pairs of tokens of every head.
  static func whole(layers: Int, heads: Int) -> Analysis {
    var analysis = make {
      $0.layers = layers
      $0.heads = heads
      $0.hasParts = true
    }
    analysis.loss = Losses(base: [1.5], adapted: [1.25])
    let parts = analysis.withParts(isKeyTrained: true)
    (analysis.sources, analysis.products, analysis.stream) = (parts.sources, parts.products, parts.stream)
    let words = analysis.withPairs(words: [" the", "\n", " token"])
    analysis.excerpts = words.excerpts
    analysis.pairs = (words.pairs ?? []).filter { $0.head == nil }.flatMap { row in
      let strongest = (0..<8).map { row.strongest[$0 % row.strongest.count] }
      return ([nil] + (0..<heads).map { $0 }).map { head in
        TokenPairs(layer: row.layer, head: head, query: row.query, key: row.key, strongest: strongest)
      }
    }
    return analysis
  }
}

extension Analysis {
  /// The same with other names of regions.
  func renamingRegions(_ names: [String: String]) -> Analysis {
    func renamed<Row>(_ rows: [Row], _ paths: WritableKeyPath<Row, String>...) -> [Row] {
      rows.map { row in
        paths.reduce(into: row) { $0[keyPath: $1] = names[$0[keyPath: $1]] ?? $0[keyPath: $1] }
      }
    }
    var analysis = self
    analysis.regions = regions.map { names[$0] ?? $0 }
    analysis.blocks = renamed(blocks, \.query, \.key)
    analysis.summary = renamed(summary, \.query, \.key)
    analysis.stream = renamed(stream, \.region)
    analysis.pairs = pairs.map { renamed($0, \.query, \.key) }
    return analysis
  }

  /// The same rows for every pair of so many regions, the query's not before the key's.
  func withRegions(_ count: Int) -> Analysis {
    let names = (0..<count).map { "region \($0)" }
    let pairs = names.indices.flatMap { query in (0...query).map { (names[query], names[$0]) } }
    func spread<Row>(_ rows: [Row], _ query: WritableKeyPath<Row, String>, _ key: WritableKeyPath<Row, String>) -> [Row]
    {
      rows.filter { $0[keyPath: query] == "after" && $0[keyPath: key] == "after" }.flatMap { row in
        pairs.map { pair in
          var copy = row
          (copy[keyPath: query], copy[keyPath: key]) = pair
          return copy
        }
      }
    }
    var analysis = self
    analysis.regions = names
    analysis.blocks = spread(blocks, \.query, \.key)
    analysis.summary = spread(summary, \.query, \.key)
    analysis.mass = mass.map { spread($0, \.query, \.keyRegion) }
    analysis.sources = sources.map { spread($0, \.query, \.key) }
    analysis.values = values.map { spread($0, \.query, \.key) }
    analysis.pairs = self.pairs.map { spread($0, \.query, \.key) }
    analysis.stream = names.flatMap { name in
      stream.filter { $0.region == "after" }.map { row in
        var copy = row
        copy.region = name
        return copy
      }
    }
    analysis.products = products?.map { row in
      var copy = row
      copy.region = names[row.region == "after" ? 1 : 0]
      return copy
    }
    return analysis
  }
}

extension AttentionMass {
  /// Of a row that is no sink's.
  fileprivate var keyRegion: String {
    get { key ?? "" }
    set { key = newValue }
  }
}
