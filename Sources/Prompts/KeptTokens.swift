/// The tokens of a line that the model sees: all, or those that `attention_mask` does not take out. Everything else in the line
/// speaks of the tokens as they are written.
struct KeptTokens {
  /// Their indices in the line, rising.
  let indices: [Int]
  /// Number of tokens in the line.
  let written: Int

  /// All tokens.
  init(all count: Int) {
    indices = Array(0..<count)
    written = count
  }

  /// The tokens that are not taken out.
  init(attended: [Bool]) {
    indices = attended.indices.filter { attended[$0] }
    written = attended.count
  }

  /// What belongs to the tokens that are kept, of what belongs to each.
  func of<Value>(_ values: [Value]) -> [Value] { indices.map { values[$0] } }

  /// How many tokens are kept before a place of the line. O(log tokens).
  func count(before place: Int) -> Int {
    var (low, high) = (0, indices.count)
    while low < high {
      let middle = (low + high) / 2
      if indices[middle] < place { low = middle + 1 } else { high = middle }
    }
    return low
  }

  /// The place among those that are kept of a token of the line; nil for one that is taken out. O(log tokens).
  func index(of token: Int) -> Int? {
    let place = count(before: token)
    return place < indices.count && indices[place] == token ? place : nil
  }
}
