import Results

/// prompts.csv: a row for every prompt, layer (or all of them pooled) and block, with the sums that shares are made of
/// (RFC 4180).
enum PromptsCSV {
  /// Whether an analysis has the sums of single layers.
  static func isWritten(_ analysis: Analysis) -> Bool {
    analysis.byPrompt?.contains { $0.layer != nil && $0.raw != nil } ?? false
  }

  /// The table; nil for an analysis that does not have the sums of single layers.
  static func text(_ analysis: Analysis) -> String? {
    guard let rows = analysis.byPrompt, isWritten(analysis) else { return nil }
    return CSV.text(
      [header] + analysis.prompts.enumerated().flatMap { index, prompt in rows.map { row($0, index, prompt.id) } })
  }

  private static var header: [String] {
    ["prompt", "id", "layer", "query", "key", "queries", "moved", "divergence"]
      + Term.allCases.map { "nats.\($0.name)" }
      + ["", "centered."].flatMap { prefix in (["delta"] + Term.allCases.map(\.name)).map { prefix + $0 } }
  }

  private static func row(_ row: PromptContribution, _ prompt: Int, _ id: String) -> [String] {
    ["\(prompt)", id, row.layer.map { "\($0)" } ?? "", row.query, row.key, "\(row.queries[prompt])"]
      + ([row.moved, row.divergence] + Term.allCases.map { row.nats?[$0.rawValue] }).map {
        $0.map { "\($0[prompt])" } ?? ""
      }
      + cells(row.raw, prompt) + cells(row.centered, prompt)
  }

  private static func cells(_ energies: PromptContribution.Energies?, _ prompt: Int) -> [String] {
    guard let energies else { return Array(repeating: "", count: 1 + Term.allCases.count) }
    return ([energies.delta] + energies.terms).map { "\($0[prompt])" }
  }
}
