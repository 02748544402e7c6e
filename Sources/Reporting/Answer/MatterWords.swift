import Results

/// Says whether the change matters for what the model predicts, or how to find out.
struct MatterWords {
  private let analysis: Analysis

  init(_ analysis: Analysis) { self.analysis = analysis }

  /// "The loss is …; what of that the attention's change does, this tells: …"; empty where nothing changes.
  var sentences: Phrase {
    guard !analysis.adapted.isBase else { return "" }
    let loss = LossWords(analysis)
    return [
      loss?.mean ?? "", WriterWords(analysis).gain, PredictionTables(analysis)?.sentence ?? "", test(loss?.mean != nil),
      inherited,
    ].joined(by: " ")
  }

  /// The command that tells whether what attention felt does any of it.
  private func test(_ hasLoss: Bool) -> Phrase {
    guard let command = analysis.ablateCommand else { return "" }
    let question: Phrase =
      hasLoss ? "How much of that the change of the scores does" : "How much the change of the scores is good for"
    return "\(question) is told by \(.code(command))."
  }

  /// How what is inherited is tested.
  private var inherited: Phrase {
    let rows = analysis.attention?.filter { $0.layer == nil && $0.head == nil } ?? []
    guard analysis.ablateCommand != nil, rows.contains(where: { $0.dKtQ.inherited != 0 || $0.KtdQ.inherited != 0 })
    else { return "" }
    return """
      What keys or queries inherit is tested by leaving out the rest of their change: \(.code("--drop dK.own,dK.joint")), \
      \(.code("--drop dQ.own,dQ.joint")).
      """
  }
}
