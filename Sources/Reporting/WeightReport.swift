import Results

/// weights.md: what an adapted model changed in the weights alone, the answer first.
package struct WeightReport {
  let analysis: WeightAnalysis
  let figures: [ReportFigure]

  /// A report on an analysis.
  package init(_ analysis: WeightAnalysis) {
    self.analysis = analysis
    figures = ReportFigure.all(analysis)
  }

  /// The file's text.
  package var text: String {
    let tables = FormKind.allCases.flatMap { form -> [String?] in [layerTable(form), headTable(form)] }
    let sections: [String?] =
      [title, answer, warnings, setting, pooledTable, figureLinks] + tables + [siteTable, guide]
    return sections.compactMap(\.self).joined(separator: "\n\n") + "\n"
  }

  /// The answer in a few lines without markup, for a terminal.
  package var summary: [String] { verdicts.map { $0.replacing("**", with: "") } }

  private var title: String {
    """
    # What \(Markdown.name(analysis.adapted.name)) changed in the weights of \(Markdown.name(analysis.base.name))

    Read from the weights alone: no prompt was run.
    """
  }

  private var answer: String {
    let lines = verdicts.map { "- \($0)" }.joined(separator: "\n")
    return "## The answer\n\n" + [opening, lines, caution].compactMap(\.self).joined(separator: "\n\n")
  }

  private var opening: String? {
    guard changes, !analysis.forms.isEmpty else { return nil }
    return """
      Each head has two matrices that need no data: its QK form c·W_Qᵀ W_K says which input attends to which, its OV form \
      W_O W_V what an attended input adds to the stream. Either changes through its first factor, through its second, and \
      through both at once. A share is the part of the change's squared norm that a term explains, negative where the term \
      works against the change.
      """
  }

  /// Whether anything changes that this report shows.
  var changes: Bool { analysis.weights.contains { $0.frobenius > 0 } || analysis.forms.contains { $0.delta != .zero } }

  /// A layer's own weights are half of the story: what reaches them has changed too.
  private var caution: String? {
    guard changes else { return nil }
    return """
      Weights weigh all inputs alike, prompts do not, and on prompts keys and queries also move because the stream that they \
      are made of moves. `leibniz analyze` shows that.
      """
  }

  private var warnings: String? {
    guard !analysis.warnings.isEmpty else { return nil }
    return "> [!WARNING]\n" + analysis.warnings.map { "> - \(Markdown.inline($0))" }.joined(separator: "\n")
  }

  private var setting: String {
    let norm =
      analysis.foldsNorm
      ? "folded in: W_Q, W_K and W_V stand with the gain of the layer's input norm"
      : "left out (--fold-norm folds it in)"
    let rows = [
      ["base", analysis.base.words.markdown], ["adapted", analysis.adapted.words.markdown],
      ["changed modules", analysis.adapted.targetWords.markdown], ["gain of the input norm", norm],
    ]
    let notes = analysis.notes.map { "- \(Markdown.inline($0))" }.joined(separator: "\n")
    return "## What was compared\n\n| | |\n| :-- | :-- |\n"
      + rows.map { "| \($0[0]) | \($0[1]) |" }.joined(separator: "\n") + (notes.isEmpty ? "" : "\n\n\(notes)")
  }

  private var figureLinks: String? {
    guard !figures.isEmpty else { return nil }
    return "## Figures\n\n" + figures.map { "![\($0.title)](\($0.path))" }.joined(separator: "\n\n")
  }

  private var guide: String {
    """
    ## How to read this

    - ‖·‖ is the Frobenius norm, the root of the sum of squares. **change** is ‖dM‖ / ‖M‖ of a form, ‖dW‖ / ‖W‖ of a \
    weight; tables over several heads sum the squares first.
    - **share** of a term T: ⟨T, dM⟩ / ‖dM‖². The three sum to 100 %. A term *leads* if its share is larger than the second \
    by more than \(Numbers.setting(100 * Dominance.clearLead)) percentage points.
    - **cosine**: ⟨M, dM⟩ / (‖M‖‖dM‖). Positive where the change strengthens what the head does, negative where it weakens it.
    - **top σ²**: the part of ‖dM‖² in its largest singular value: at 100 % the change is a single pair of directions. \
    **inside**: the part of that pair (first and second factor's side) in the leading directions that hold 90 % of ‖M‖².
    - **stable rank**: ‖dW‖² / σ₁². **effective rank**: exp of the entropy of σᵢ / Σσ (Roy and Vetterli, 2007).
    - **outside**: for dW's \(WeightChange.LeadingDirections.limit) leading singular vectors, the part of their squared length \
    outside the span of W's leading singular vectors, up to \(WeightChange.LeadingDirections.basisLimit) of them, weighted with σ². In brackets what a \
    random direction has. Left is the side of the output, right that of the input.
    - **intruders**: directions of dW that can stand as *intruder dimensions* (Shuttleworth et al., 2024) among W + dW's \
    leading ones: outside on the left by more than 75 %, and with a singular value above the last of W's leading ones. The \
    paper counts singular vectors of W + dW against all of W's; this bounds the cost.

    Machine-readable: [\(WeightReportFiles.json)](\(WeightReportFiles.json)), \
    [\(WeightReportFiles.forms)](\(WeightReportFiles.forms)), [\(WeightReportFiles.weights)](\(WeightReportFiles.weights)). \
    Leibniz \(analysis.version).
    """
  }
}
