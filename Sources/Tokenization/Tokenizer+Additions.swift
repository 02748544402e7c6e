extension Tokenizer {
  /// What the files beside tokenizer.json add, for people: “<persona> (300), <sep> (3, with other flags)”; nil for nothing.
  package var additionsInWords: String? {
    guard !addedBeside.isEmpty else { return nil }
    let most = 12
    let shown = addedBeside.prefix(most).map { "\($0.token) (\($0.id)\($0.isNew ? "" : ", with other flags"))" }
    let rest = addedBeside.count - shown.count
    return shown.joined(separator: ", ") + (rest > 0 ? " and \(rest) more" : "")
  }
}
