/// The model of tokenizer.json, BPE (Sennrich, Haddow & Birch, 2016): joins the neighbours of the earliest rule until
/// none is left.
struct BytePairEncoding: Sendable {
  /// A rule: where it stands in the list, and what the pair becomes.
  struct Merge: Sendable {
    var rank: UInt32
    var result: UInt32
  }

  /// What tokenizer.json says beside vocabulary and merges.
  struct Options: Sendable {
    var unknown: UInt32?
    var fusesUnknown = false
    /// The tokens `<0x00>` to `<0xFF>`, where a character without a token falls back on its bytes.
    var byteFallback: [UInt32?]?
    /// A word that is a token stays whole even if no rule leads there.
    var ignoresMerges = false
    var continuingPrefix: [UInt8] = []
    var wordSuffix: [UInt8] = []
  }

  let vocabulary: Vocabulary
  let options: Options
  private let merges: [UInt64: Merge]
  /// What each rank's rule makes.
  private let results: [UInt32]

  init(vocabulary: Vocabulary, merges: [UInt64: Merge], options: Options) {
    self.vocabulary = vocabulary
    self.merges = merges
    self.options = options
    var results = [UInt32](repeating: 0, count: merges.values.map { Int($0.rank) + 1 }.max() ?? 0)
    for merge in merges.values { results[Int(merge.rank)] = merge.result }
    self.results = results
  }

  /// How the rules name a pair.
  static func key(_ left: UInt32, _ right: UInt32) -> UInt64 { UInt64(left) << 32 | UInt64(right) }

  /// Appends the ids of a word. O(n log n).
  func encode(_ word: ArraySlice<Unicode.Scalar>, into ids: inout [Int]) {
    if options.ignoresMerges, let id = vocabulary.id(of: word) {
      ids.append(Int(id))
      return
    }
    var symbols = symbols(of: word)
    merge(&symbols)
    for symbol in symbols where symbol.isAlive { ids.append(Int(symbol.id)) }
  }

  /// One token of a word under way, linked to its neighbours.
  private struct Symbol {
    var id: UInt32
    var previous: Int
    var next: Int
    var isAlive = true
  }

  /// The tokens of the single characters.
  private func symbols(of word: ArraySlice<Unicode.Scalar>) -> [Symbol] {
    var ids: [UInt32] = []
    ids.reserveCapacity(word.count)
    var pendingUnknown = false
    for index in word.indices {
      let isFirst = index == word.startIndex
      let isLast = index == word.endIndex - 1
      if let id = id(of: word[index], isFirst: isFirst, isLast: isLast) {
        if pendingUnknown, let unknown = options.unknown { ids.append(unknown) }
        pendingUnknown = false
        ids.append(id)
      } else if let bytes = fallback(for: word[index], isFirst: isFirst, isLast: isLast) {
        // As in the library a pending unknown token comes after these.
        ids += bytes
      } else if let unknown = options.unknown {
        if pendingUnknown && !options.fusesUnknown { ids.append(unknown) }
        pendingUnknown = true
      }
    }
    if pendingUnknown, let unknown = options.unknown { ids.append(unknown) }
    return ids.indices.map { Symbol(id: ids[$0], previous: $0 - 1, next: $0 + 1 < ids.count ? $0 + 1 : -1) }
  }

  private func id(of scalar: Unicode.Scalar, isFirst: Bool, isLast: Bool) -> UInt32? {
    if options.continuingPrefix.isEmpty && options.wordSuffix.isEmpty { return vocabulary.id(of: scalar) }
    return vocabulary.id(ofBytes: decorated(scalar, isFirst: isFirst, isLast: isLast))
  }

  private func decorated(_ scalar: Unicode.Scalar, isFirst: Bool, isLast: Bool) -> [UInt8] {
    (isFirst ? [] : options.continuingPrefix) + Array(scalar.utf8) + (isLast ? options.wordSuffix : [])
  }

  private func fallback(for scalar: Unicode.Scalar, isFirst: Bool, isLast: Bool) -> [UInt32]? {
    guard let tokens = options.byteFallback else { return nil }
    var ids: [UInt32] = []
    for byte in decorated(scalar, isFirst: isFirst, isLast: isLast) {
      guard let id = tokens[Int(byte)] else { return nil }
      ids.append(id)
    }
    return ids
  }

  /// Applies the rules, earliest first and from left to right; `-1` links to nothing.
  private func merge(_ symbols: inout [Symbol]) {
    var queue = MinimumHeap()
    for index in symbols.indices.dropLast() { enqueue(index, symbols, &queue) }
    while let (rank, left) = queue.popMinimum() {
      let right = symbols[left].next
      // Skip a pair that is no longer there.
      guard symbols[left].isAlive, right >= 0,
        let merge = merges[Self.key(symbols[left].id, symbols[right].id)], merge.result == results[Int(rank)]
      else { continue }
      symbols[left].id = merge.result
      symbols[left].next = symbols[right].next
      symbols[right].isAlive = false
      if symbols[left].next >= 0 { symbols[symbols[left].next].previous = left }
      if symbols[left].previous >= 0 { enqueue(symbols[left].previous, symbols, &queue) }
      enqueue(left, symbols, &queue)
    }
  }

  private func enqueue(_ left: Int, _ symbols: [Symbol], _ queue: inout MinimumHeap) {
    let right = symbols[left].next
    guard right >= 0, let merge = merges[Self.key(symbols[left].id, symbols[right].id)] else { return }
    queue.insert(rank: merge.rank, position: left)
  }
}

/// A binary heap of (rank, position), smallest rank first, then smallest position.
private struct MinimumHeap {
  private var elements: [(rank: UInt32, position: Int)] = []

  mutating func insert(rank: UInt32, position: Int) {
    elements.append((rank, position))
    var child = elements.count - 1
    while child > 0, elements[child] < elements[(child - 1) / 2] {
      elements.swapAt(child, (child - 1) / 2)
      child = (child - 1) / 2
    }
  }

  mutating func popMinimum() -> (rank: UInt32, position: Int)? {
    guard let last = elements.popLast() else { return nil }
    guard let minimum = elements.first else { return last }
    elements[0] = last
    var parent = 0
    while true {
      var smallest = parent
      for child in [2 * parent + 1, 2 * parent + 2]
      where child < elements.count && elements[child] < elements[smallest] {
        smallest = child
      }
      if smallest == parent { return minimum }
      elements.swapAt(parent, smallest)
      parent = smallest
    }
  }
}
