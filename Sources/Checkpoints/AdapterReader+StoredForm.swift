import StrictJSON

extension AdapterReader {
  /// An adapter that was trained over packed weights is another one over plain ones, since it learnt to make up for their rounding.
  var storedFormWarnings: [String] {
    guard let name = (try? configuration.reader.optionalString("base_model_name_or_path")) ?? nil else { return [] }
    let isPacked = ["4bit", "4-bit", "nf4", "fp8"].contains { name.lowercased().contains($0) }
    guard isPacked, base.checkpoint.storage.method == .plain else { return [] }
    return [
      """
      The adapter was trained over \(name), whose name speaks of packed weights; this base holds \(base.storedType), which differ \
      from them by their rounding.
      """
    ]
  }
}
