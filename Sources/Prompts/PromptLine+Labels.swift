import StrictJSON

/// Which of a line's tokens losses judge, as trainers write it: `labels` or `loss_mask`, a number a token as they are written.
extension PromptLine {
  /// A label that judges nothing, as losses of PyTorch and trainers have it.
  private static let unlabelled = -100

  /// By token that is kept, whether its prediction is judged; nil where the line does not say.
  /// - Parameter written: The line's token ids, nil where they are made of a text.
  func lossMask(_ kept: KeptTokens, written: [Int]?) throws(PromptLineError) -> [Bool]? {
    let named = ["labels", "loss_mask"].filter { reader[$0] != nil }
    guard let name = named.first else { return nil }
    guard named.count == 1 else {
      throw PromptLineError(message: "both \"labels\" and \"loss_mask\" are there; give one")
    }
    guard let written else {
      throw PromptLineError(
        message: """
          \(name) says something of every token, and those of a text the line does not know; give \"input_ids\", or leave \
          \(name) out
          """)
    }
    let judged = try name == "labels" ? judgedByLabels(written) : judgedByMask(written.count)
    if let token = judged.indices.first(where: { judged[$0] && kept.index(of: $0) == nil }) {
      throw PromptLineError(message: "\(name) judges token \(token), which attention_mask takes out")
    }
    return kept.of(judged)
  }

  private func judgedByLabels(_ tokens: [Int]) throws(PromptLineError) -> [Bool] {
    let labels = try wholeNumbers("labels", count: tokens.count, advice: Self.oneRow) ?? []
    for (index, label) in labels.enumerated() where label != Self.unlabelled && label != tokens[index] {
      throw PromptLineError(
        message: """
          labels holds \(label) for token \(index), which is \(tokens[index]): a label is its own token, or \(Self.unlabelled) where \
          it is not judged; the prediction before it is what counts, so labels are not shifted
          """)
    }
    return labels.map { $0 != Self.unlabelled }
  }

  private func judgedByMask(_ count: Int) throws(PromptLineError) -> [Bool] {
    try refuseLists(in: "loss_mask", advice: Self.oneRow)
    let mask = try reading { () throws(JSONMemberError) in try reader.optionalNumbers("loss_mask") } ?? []
    if mask.count != count {
      throw PromptLineError(message: "loss_mask has \(mask.count) entries for \(count) tokens")
    }
    if let other = mask.first(where: { $0 != 0 && $0 != 1 }) {
      throw PromptLineError(message: "loss_mask holds \(other), where 0 and 1 are expected; weights are not supported")
    }
    return mask.map { $0 == 1 }
  }

  private static let oneRow = "write one number a token"
}
