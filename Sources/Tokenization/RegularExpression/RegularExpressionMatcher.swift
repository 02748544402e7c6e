/// Finds matches of a program in one text by backtracking with a memory.
///
/// Whether the rest of the expression can match from a state (choice, position) depends on nothing else, so a state
/// that failed is not tried again: neither in this match nor in a later one of the same text.
struct RegularExpressionMatcher {
  private let program: RegularExpressionProgram
  private let text: ArraySlice<Unicode.Scalar>
  private let categories: [CategorySet]
  private var failed: BitSet
  /// States from which a lookahead has succeeded.
  private var succeeded: BitSet
  private var stack: [Frame] = []
  /// The last run found for each set: `run` need not look at a character twice.
  private var runs: [Int: Range<Int>] = [:]

  /// A choice on the current path: its other branch yet to be tried, or nil once that is under way.
  private struct Frame {
    var alternative: Int?
    var position: Int
    var state: Int
  }

  init(program: RegularExpressionProgram, text: ArraySlice<Unicode.Scalar>) {
    self.program = program
    self.text = text
    categories = text.map { $0.isASCII ? [] : $0.category }
    failed = BitSet(count: program.choices * (text.count + 1))
    succeeded = BitSet(count: program.hasLookahead ? program.choices * (text.count + 1) : 0)
  }

  /// The leftmost match that begins at `start` or later.
  mutating func firstMatch(from start: Int) -> Range<Int>? {
    for position in start...text.endIndex {
      if let end = run(from: 0, at: position, isLookahead: false) { return position..<end }
    }
    return nil
  }

  /// Runs instructions up to `accept`.
  /// - Returns: Where the match ends; where a lookahead ends is of no meaning.
  private mutating func run(from instruction: Int, at start: Int, isLookahead: Bool) -> Int? {
    let base = stack.count
    var next = instruction
    var position = start
    while true {
      var matches = true
      switch program.instructions[next] {
      case .take(let set):
        matches = contains(set, position)
        position += 1
        next += 1
      case .run(let set):
        position = endOfRun(set, position)
        next += 1
      case .choose(let first, let second, let number):
        let state = number * (text.count + 1) + position - text.startIndex
        if isLookahead && succeeded.contains(state) {
          accept(above: base, isLookahead: true)
          return position
        }
        if failed.contains(state) {
          matches = false
        } else {
          stack.append(Frame(alternative: second, position: position, state: state))
          next = first
        }
      case .jump(let target): next = target
      case .look(let end, let negative):
        matches = (run(from: next + 1, at: position, isLookahead: true) != nil) != negative
        next = end
      case .atomic(let end):
        if let reached = run(from: next + 1, at: position, isLookahead: false) {
          position = reached
        } else {
          matches = false
        }
        next = end
      case .wordBoundary(let negative):
        matches = (isWord(position - 1) != isWord(position)) != negative
        next += 1
      case .accept:
        accept(above: base, isLookahead: isLookahead)
        return position
      }
      if !matches {
        guard let frame = backtrack(above: base) else { return nil }
        (next, position) = frame
      }
    }
  }

  /// Leaves the finished path; in a lookahead every choice on it is known to succeed.
  private mutating func accept(above base: Int, isLookahead: Bool) {
    if isLookahead { for frame in stack[base...] { succeeded.insert(frame.state) } }
    stack.removeLast(stack.count - base)
  }

  /// The next branch to try, after marking the choices that have none left.
  private mutating func backtrack(above base: Int) -> (Int, Int)? {
    while stack.count > base {
      let last = stack.count - 1
      if let alternative = stack[last].alternative {
        stack[last].alternative = nil
        return (alternative, stack[last].position)
      }
      failed.insert(stack[last].state)
      stack.removeLast()
    }
    return nil
  }

  private func contains(_ set: Int, _ position: Int) -> Bool {
    position < text.endIndex
      && program.sets[set].contains(text[position], category: categories[position - text.startIndex])
  }

  private func isWord(_ position: Int) -> Bool {
    text.indices.contains(position) && text[position].isOnigurumaWord
  }

  private mutating func endOfRun(_ set: Int, _ start: Int) -> Int {
    if let known = runs[set], known.contains(start) { return known.upperBound }
    var end = start
    while contains(set, end) { end += 1 }
    runs[set] = start..<end
    return end
  }
}

/// Bits, all off at first.
private struct BitSet {
  private var words: [UInt64]

  init(count: Int) { words = [UInt64](repeating: 0, count: (count + 63) / 64) }

  func contains(_ index: Int) -> Bool { words[index >> 6] >> UInt64(index & 63) & 1 == 1 }

  mutating func insert(_ index: Int) { words[index >> 6] |= 1 << UInt64(index & 63) }
}
