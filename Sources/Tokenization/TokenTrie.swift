/// Texts to be looked for, with an id each.
struct TokenTrie: Sendable {
  /// Longer ones are refused: looking for them takes O(text · length of the longest).
  static let longest = 1000

  private struct Edge: Hashable, Sendable {
    var node: Int
    var scalar: Unicode.Scalar
  }

  private var edges: [Edge: Int] = [:]
  private var ids: [UInt32?] = [nil]

  /// - Returns: False, adding nothing, when the text is empty, too long or taken.
  mutating func insert(_ text: [Unicode.Scalar], _ id: UInt32) -> Bool {
    guard !text.isEmpty, text.count <= Self.longest else { return false }
    var node = 0
    for scalar in text {
      let edge = Edge(node: node, scalar: scalar)
      node = edges[edge] ?? ids.count
      if node == ids.count {
        edges[edge] = node
        ids.append(nil)
      }
    }
    if ids[node] != nil { return false }
    ids[node] = id
    return true
  }

  /// From left to right the longest match at the earliest place; matches do not overlap.
  func matches(in text: [Unicode.Scalar]) -> [(Range<Int>, UInt32)] {
    guard !edges.isEmpty else { return [] }
    var matches: [(Range<Int>, UInt32)] = []
    var start = 0
    while start < text.count {
      if let (end, id) = longestMatch(in: text, from: start) {
        matches.append((start..<end, id))
        start = end
      } else {
        start += 1
      }
    }
    return matches
  }

  private func longestMatch(in text: [Unicode.Scalar], from start: Int) -> (Int, UInt32)? {
    var found: (Int, UInt32)?
    var node = 0
    for index in start..<text.count {
      guard let next = edges[Edge(node: node, scalar: text[index])] else { break }
      node = next
      if let id = ids[node] { found = (index + 1, id) }
    }
    return found
  }
}
