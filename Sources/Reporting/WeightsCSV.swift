import Results

/// The tables of a weight analysis as CSV.
enum WeightsCSV {
  /// A row a form, layer, head and part: the base, the change (delta) and its terms.
  static func forms(_ analysis: WeightAnalysis) -> String {
    let header = ["form", "layer", "head", "part", "frobenius", "spectral", "relative", "share"]
    let rows = analysis.forms.flatMap { form -> [[String]] in
      func row(_ part: String, _ size: MatrixSize, share: Double?) -> [String] {
        let relative = size.frobenius == 0 ? 0 : size.frobenius / form.base.frobenius
        return [form.form.rawValue, "\(form.layer)", "\(form.head)", part, "\(size.frobenius)", "\(size.spectral)"]
          + [number(relative), share.map { "\($0)" } ?? ""]
      }
      return [row("base", form.base, share: nil), row("delta", form.delta, share: nil)]
        + FormTerm.allCases.map { row($0.name(in: form.form), form[$0].size, share: form[$0].share) }
    }
    return CSV.text([header] + rows)
  }

  /// A row a changed weight.
  static func weights(_ analysis: WeightAnalysis) -> String {
    let header = [
      "layer", "site", "module", "outputs", "inputs", "rank", "baseFrobenius", "frobenius", "relative", "spectral",
      "baseSpectral", "stableRank", "effectiveRank", "basis", "outsideLeft", "chanceLeft", "outsideRight",
      "chanceRight", "intruders",
    ]
    let rows = analysis.weights.map { weight -> [String] in
      let cells = [
        "\(weight.layer)", weight.site, weight.module, "\(weight.outputs)", "\(weight.inputs)",
        weight.rank.map { "\($0)" } ?? "", "\(weight.baseFrobenius)", "\(weight.frobenius)", number(weight.relative),
        "\(weight.singularValues.first ?? 0)",
      ]
      let base = weight.directions?.baseSingularValues.first.map { "\($0)" } ?? ""
      let ranks = [base, "\(weight.stableRank)", weight.effectiveRank.map { "\($0)" } ?? ""]
      guard let directions = weight.directions else { return cells + ranks + Array(repeating: "", count: 6) }
      return cells + ranks + [
        "\(directions.basis)", "\(directions.meanOutsideLeft(weight.singularValues))", "\(directions.chanceLeft)",
        "\(directions.meanOutsideRight(weight.singularValues))", "\(directions.chanceRight)",
        "\(directions.intruders)",
      ]
    }
    return CSV.text([header] + rows)
  }

  /// A ratio to zero is left empty.
  private static func number(_ value: Double) -> String { value.isFinite ? "\(value)" : "" }
}
