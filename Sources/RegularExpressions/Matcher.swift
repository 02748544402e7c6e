/// Finds matches of a program in one text by backtracking with a memory.
///
/// Whether the rest of the expression can match from a state (instruction, position) depends on nothing else, so a state
/// that failed is not tried again: neither in this match nor in a later one of the same text.
struct Matcher {
  /// What a run of instructions is for.
  enum Purpose { case match, wholeMatch, lookahead, atomicGroup }

  private let program: Program
  private let text: ArraySlice<Unicode.Scalar>
  private let categories: [CategorySet]
  private var failed: BitSet
  /// States from which a lookahead has succeeded.
  private var succeeded: BitSet
  private var stack: [Frame] = []
  /// The last run found for each set: `run` need not look at a character twice.
  private var runs: [Int: Range<Int>] = [:]

  /// A state on the current path: its other branch yet to be tried, or nil where there is none left.
  private struct Frame {
    var alternative: Int?
    var position: Int
    var state: Int
  }

  init(program: Program, text: ArraySlice<Unicode.Scalar>) {
    self.program = program
    self.text = text
    categories = text.map { $0.isASCII ? [] : $0.category }
    failed = BitSet(count: program.stateCount * (text.count + 1))
    succeeded = BitSet(count: program.hasLookahead ? program.stateCount * (text.count + 1) : 0)
  }

  /// The leftmost match that begins at `start` or later.
  mutating func firstMatch(from start: Int) -> Range<Int>? {
    for position in start...text.endIndex {
      if let end = end(ofMatchAt: position, .match) { return position..<end }
    }
    return nil
  }

  /// Where the match that begins at a position ends.
  mutating func end(ofMatchAt start: Int, _ purpose: Purpose) -> Int? { run(from: 0, at: start, purpose) }

  /// Runs instructions up to `accept`.
  /// - Returns: Where the match ends; where a lookahead ends is of no meaning.
  private mutating func run(from instruction: Int, at start: Int, _ purpose: Purpose) -> Int? {
    let base = stack.count
    var next = instruction
    var position = start
    while true {
      var matches = true
      if let number = program.states[next] {
        let state = number * (text.count + 1) + position - text.startIndex
        if purpose == .lookahead && succeeded.contains(state) {
          accept(above: base, purpose)
          return position
        }
        if failed.contains(state) {
          matches = false
        } else {
          stack.append(Frame(alternative: nil, position: position, state: state))
        }
      }
      if matches {
        switch program.instructions[next] {
        case .take(let set):
          matches = contains(set, position)
          position += 1
          next += 1
        case .run(let set):
          position = endOfRun(set, position)
          next += 1
        case .choose(let first, let second):
          stack[stack.count - 1].alternative = second
          next = first
        case .jump(let target): next = target
        case .look(let end, let isNegative):
          matches = (run(from: next + 1, at: position, .lookahead) != nil) != isNegative
          next = end
        case .atomic(let end):
          let reached = run(from: next + 1, at: position, .atomicGroup)
          matches = reached != nil
          position = reached ?? position
          next = end
        case .assert(let assertion):
          matches = holds(assertion, at: position)
          next += 1
        case .accept:
          matches = purpose != .wholeMatch || position == text.endIndex
          if matches {
            accept(above: base, purpose)
            return position
          }
        }
      }
      if !matches {
        guard let frame = backtrack(above: base) else { return nil }
        (next, position) = frame
      }
    }
  }

  /// Leaves the finished path; in a lookahead every state on it is known to succeed.
  private mutating func accept(above base: Int, _ purpose: Purpose) {
    if purpose == .lookahead { for frame in stack[base...] { succeeded.insert(frame.state) } }
    stack.removeLast(stack.count - base)
  }

  /// The next branch to try, after marking the states that have none left.
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

  private func holds(_ assertion: Assertion, at position: Int) -> Bool {
    switch assertion {
    case .wordBoundary(let isNegative): (isWord(position - 1) != isWord(position)) != isNegative
    case .start: position == text.startIndex
    case .end(let orLineBreak):
      position == text.endIndex || orLineBreak && position == text.endIndex - 1 && text[position] == "\n"
    }
  }

  private func isWord(_ position: Int) -> Bool {
    text.indices.contains(position)
      && program.word.contains(text[position], category: categories[position - text.startIndex])
  }

  private func contains(_ set: Int, _ position: Int) -> Bool {
    position < text.endIndex
      && program.sets[set].contains(text[position], category: categories[position - text.startIndex])
  }

  private mutating func endOfRun(_ set: Int, _ start: Int) -> Int {
    let known = runs[set] ?? start..<start
    if known.contains(start) { return known.upperBound }
    var end = start
    while contains(set, end) {
      end += 1
      if end == known.lowerBound { end = known.upperBound }
    }
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
