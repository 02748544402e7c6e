/// The candidate that a misspelt word most likely means: at most two edits away, or different only in case.
package func suggestion(for word: String, among candidates: [String]) -> String? {
  if let sameLetters = candidates.first(where: { $0.lowercased() == word.lowercased() }) {
    return sameLetters
  }
  // Long words are compared by their beginnings: what a file says is not bounded, the candidates are short.
  let letters = Array(word.prefix(40))
  let nearest = candidates.map { ($0, editDistance(letters, Array($0))) }.min { $0.1 < $1.1 }
  guard let (candidate, distance) = nearest, distance <= min(2, candidate.count / 2) else { return nil }
  return candidate
}

/// Number of insertions, deletions and replacements that turn one word into the other. O(product of the lengths).
private func editDistance(_ left: [Character], _ right: [Character]) -> Int {
  var row = Array(0...right.count)
  for (i, letter) in left.enumerated() {
    var diagonal = row[0]
    row[0] = i + 1
    for (j, other) in right.enumerated() {
      let replaced = diagonal + (letter == other ? 0 : 1)
      diagonal = row[j + 1]
      row[j + 1] = min(replaced, row[j] + 1, row[j + 1] + 1)
    }
  }
  return row[right.count]
}
