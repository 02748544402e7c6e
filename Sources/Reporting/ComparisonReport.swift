import Results

/// compare.md: several adapters of one base side by side, the answer first.
public struct ComparisonReport {
  let comparison: AdapterComparison
  let figures: [ReportFigure]
  /// By adapter, the path of its report, where it stands beside this page.
  private let links: [String?]

  /// A page on a comparison.
  /// - Parameter links: By adapter, the path of its own report from here.
  public init(_ comparison: AdapterComparison, links: [String?] = []) {
    self.comparison = comparison
    self.links = links
    figures = ReportFigure.all(comparison)
  }

  /// The file's text.
  public var text: String {
    let sections: [String?] = [
      title, differences, answer, notes, adapters, blockTables, figureLinks, pairTable, layerTable, headTable,
      profileTable, losses, knockouts, guide,
    ]
    return sections.compactMap(\.self).joined(separator: "\n\n") + "\n"
  }

  /// The answer without markup, for a terminal.
  public var summary: [String] {
    answer.split(separator: "\n").map { String($0).replacing("**", with: "").replacing("`", with: "") }
  }

  func name(_ adapter: Int) -> String { Markdown.name(comparison.adapters[adapter].name) }

  private var title: String {
    "# \(Numbers.count(comparison.adapters.count, "adapter")) of \(Markdown.name(comparison.base.name)) side by side"
  }

  /// What should be alike and is not stands above everything else.
  private var differences: String? {
    guard !comparison.differences.isEmpty else { return nil }
    return "> [!CAUTION]\n> **These reports do not belong side by side; the comparison was forced.**\n"
      + comparison.differences.map { "> - \(Markdown.inline($0))" }.joined(separator: "\n")
  }

  private var notes: String? {
    comparison.notes.isEmpty
      ? nil : "> [!NOTE]\n" + comparison.notes.map { "> - \(Markdown.inline($0))" }.joined(separator: "\n")
  }

  private var adapters: String {
    Markdown.table(
      ["adapter", "what it is", "trains", "mask", "prompts"],
      comparison.adapters.enumerated().map { index, adapter in
        let link = links.indices.contains(index) ? links[index] : nil
        let kind =
          adapter.adapted.kind == "lora"
          ? "LoRA, rank \(adapter.adapted.rank.map(String.init) ?? "–")" : adapter.adapted.kind
        return [
          link.map { "[\(Markdown.inline(adapter.name))](\(Markdown.link($0)))" } ?? name(index), kind,
          adapter.adapted.targetWords.markdown, Markdown.inline(adapter.mask), Numbers.count(adapter.prompts),
        ]
      })
  }

  private var figureLinks: String? {
    figures.isEmpty
      ? nil : figures.map { "![\(Markdown.inline($0.title))](\($0.path))" }.joined(separator: "\n\n")
  }

  private var guide: String {
    """
    ## How to read this

    An attention score is c·kᵀq; an adapter changes it by three terms: dKᵀQ (other keys), KᵀdQ (other queries) and dKᵀdQ (both).

    - **moved**: ½Σ|p′ − p| over the keys of a region, the mean over queries: the part of attention that went elsewhere. In *all \
    tokens* it is of everything a token attends to, the mean over all tokens, heads and layers.
    - **share**: the part of the change's energy that a term explains; the three sum to 100 %. **Centred**: without what a \
    whole row of scores gains, which moves no attention; the answer and the bars are centred but where one term is all of \
    the change.
    - **less**: the first adapter's number less the second's. Brackets hold 95 % bootstrap intervals over the prompts. Those of \
    differences draw the same prompts for both adapters, so that what the prompts have in common does not blur them; \
    a difference whose interval holds 0 can be chance. Layers are listed because they differ most, so look at several.
    - **r** and **ρ**: Pearson's and Spearman's correlation over layer × head; of a term, of the energy it explains (ΣTΔ).
    - **benefit lost**: the part of what an adapter lowers the loss by that is lost when a part of its change is left out.

    Machine-readable: [\(ComparisonFiles.json)](\(ComparisonFiles.json)). Leibniz \(comparison.version).
    """
  }
}

extension AdapterComparison {
  /// Pairs of regions by what they tell: all tokens, then lookups from later regions into earlier ones, then within regions.
  var places: [RegionPair] {
    let order = Dictionary(regions.enumerated().map { ($1, $0) }) { first, _ in first }
    var places: [RegionPair] = []
    for row in blocks {
      let place = RegionPair(query: row.query, key: row.key)
      if !places.contains(place) { places.append(place) }
    }
    func rank(_ place: RegionPair) -> (Int, Int, Int) {
      if place.isAll { return (-1, 0, 0) }
      let (query, key) = (order[place.query] ?? 0, order[place.key] ?? 0)
      return (query > key ? 0 : query == key ? 1 : 2, -query, key)
    }
    return places.sorted { rank($0) < rank($1) }
  }

  func block(_ adapter: Int, _ place: RegionPair) -> BlockRow? {
    blocks.first { $0.adapter == adapter && $0.query == place.query && $0.key == place.key }
  }

  /// How much an adapter changes attention in a place, by the comparison's measure.
  func size(_ adapter: Int, _ place: RegionPair) -> Double? {
    block(adapter, place).flatMap { measure == .moved ? $0.moved?.value : $0.rms }
  }

  /// A value of the measure, in words.
  func text(_ value: Double?) -> String {
    value.map { measure == .moved ? Numbers.percent($0) : Numbers.size($0) } ?? "–"
  }
}

extension AdapterComparison.BlockRow {
  /// The split to lead with: centred, for that is what can move attention; raw where one term is all of the change.
  var leading: [AdapterComparison.Estimate] {
    shares.count { $0.value != 0 } == 1 || centered.allSatisfy { $0.value == 0 } ? shares : centered
  }
}

extension RegionPair {
  var isAll: Bool { query == "*" && key == "*" }
  /// "after → before", "all tokens".
  var words: String { isAll ? "all tokens" : title }
}

/// Everything that the folder of a comparison holds, and nothing else.
public enum ComparisonFiles {
  static let json = "comparison.json"
  /// The page.
  public static let report = "compare.md"

  /// The files by their path inside the folder. The same comparison gives the same bytes.
  /// - Throws: ``ResultsError`` where a number is not finite.
  public static func all(
    _ comparison: AdapterComparison, links: [String?] = []
  ) throws(ResultsError) -> [(path: String, bytes: [UInt8])] {
    let bytes = try ComparisonJSON.bytes(comparison)
    let page = ComparisonReport(comparison, links: links)
    let texts = [(report, page.text)] + page.figures.map { ($0.path, $0.text()) }
    return [(json, bytes)] + texts.map { (path: $0.0, bytes: Array($0.1.utf8)) }
  }

  /// Whether such a folder has a file or a folder of this path; what is anything else is somebody's own.
  public static func contains(_ path: String) -> Bool {
    [json, report, ReportFigure.folder].contains(path) || ReportFigure.isFigure(path)
  }
}
