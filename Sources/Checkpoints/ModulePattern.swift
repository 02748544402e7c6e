import StrictJSON

/// A regular expression of an adapter's configuration, matched against module paths as Python's `re` does.
///
/// Files decide over the expression, so it must not be able to hang the reader: it is compiled to a program whose run
/// time is at most its length times the path's (Thompson, 1968). Supported are literals, `.`, classes, `\d \w \s \b`
/// and their opposites, groups, alternation, `* + ? {m,n}` greedy or lazy, `^`, `$` and lookahead; what needs
/// backtracking (back-references, lookbehind, possessive and atomic groups, flags) is refused by name.
struct ModulePattern: Sendable {
  private let whole: PatternProgram
  private let ending: PatternProgram

  /// Compiles an expression; an error names the member it stands in.
  init(_ text: String, _ reader: JSONReader, _ name: String) throws(JSONMemberError) {
    do throws(PatternError) {
      whole = try PatternProgram(text)
      ending = try PatternProgram("(.*\\.)?(\(text))$")
    } catch {
      throw reader.error(name, "the regular expression \"\(text)\": \(error.reason); list the modules by name")
    }
  }

  /// `re.fullmatch(text, module)`.
  func matches(_ module: String) -> Bool { whole.matches(module, toEnd: true) }

  /// `re.match("(.*\.)?(text)$", module)`, as PEFT looks up patterns of ranks (`get_pattern_key`).
  func matchesEnd(of module: String) -> Bool { ending.matches(module, toEnd: false) }
}

/// Why an expression is refused.
struct PatternError: Error {
  var reason: String
}

/// A compiled expression.
struct PatternProgram: Sendable {
  /// A step; paths are compared scalar by scalar.
  enum Step: Sendable {
    case one(PatternClass)
    case split(Int, Int)
    case jump(Int)
    case assert(Assertion)
    /// Goes on where the steps up to the matching ``accept`` match, or do not, from here.
    case look(isNegative: Bool, then: Int)
    case accept
  }
  /// A condition on a position.
  enum Assertion: Sendable { case start, end, wordBoundary, noWordBoundary }

  private(set) var steps: [Step] = []
  private var parts = 0
  private var lookaheads = 0
  /// The most parts, repetitions written out, and the most lookaheads of an expression. Together they bound the time
  /// of a match.
  static let limits = (parts: 3000, lookaheads: 8)

  init(_ text: String) throws(PatternError) {
    var parser = PatternParser(text)
    let tree = try parser.expression()
    try append(tree)
    steps.append(.accept)
  }

  private mutating func append(_ tree: PatternTree) throws(PatternError) {
    parts += 1
    guard parts <= Self.limits.parts, lookaheads <= Self.limits.lookaheads else {
      throw PatternError(reason: "it is too large with its repetitions written out")
    }
    switch tree {
    case .one(let set): steps.append(.one(set))
    case .assert(let assertion): steps.append(.assert(assertion))
    case .sequence(let parts): for part in parts { try append(part) }
    case .alternatives(let parts): try append(alternatives: parts[...])
    case .look(let isNegative, let inner):
      lookaheads += 1
      let start = steps.count
      steps.append(.accept)
      try append(inner)
      steps.append(.accept)
      steps[start] = .look(isNegative: isNegative, then: steps.count)
    case .repeated(let inner, let least, let most):
      for _ in 0..<least { try append(inner) }
      guard let most else { return try append(loop: inner) }
      var exits: [Int] = []
      for _ in least..<max(least, most) {
        exits.append(steps.count)
        steps.append(.accept)
        try append(inner)
      }
      for exit in exits { steps[exit] = .split(exit + 1, steps.count) }
    }
  }

  private mutating func append(loop inner: PatternTree) throws(PatternError) {
    let start = steps.count
    steps.append(.accept)
    try append(inner)
    steps.append(.jump(start))
    steps[start] = .split(start + 1, steps.count)
  }

  private mutating func append(alternatives parts: ArraySlice<PatternTree>) throws(PatternError) {
    guard let first = parts.first else { return }
    if parts.count == 1 { return try append(first) }
    let start = steps.count
    steps.append(.accept)
    try append(first)
    let end = steps.count
    steps.append(.accept)
    steps[start] = .split(start + 1, steps.count)
    try append(alternatives: parts.dropFirst())
    steps[end] = .jump(steps.count)
  }
}

/// Matching.
extension PatternProgram {
  /// Whether the expression matches at the start, and with `toEnd` all of the text. O(steps · characters).
  func matches(_ text: String, toEnd: Bool) -> Bool {
    var known: [SIMD2<Int>: Bool] = [:]
    return run(from: 0, at: 0, Array(text.unicodeScalars), toEnd: toEnd, &known)
  }

  /// Depth-first search that visits each pair of step and position once; lookaheads are searched once per position.
  private func run(
    from step: Int, at position: Int, _ text: [Unicode.Scalar], toEnd: Bool, _ known: inout [SIMD2<Int>: Bool]
  ) -> Bool {
    let width = text.count + 1
    var isVisited = [Bool](repeating: false, count: steps.count * width)
    var stack = [(step, position)]
    while let (step, position) = stack.popLast() {
      guard !isVisited[step * width + position] else { continue }
      isVisited[step * width + position] = true
      switch steps[step] {
      case .accept: if !toEnd || position == text.count { return true }
      case .jump(let next): stack.append((next, position))
      case .split(let first, let second): stack += [(second, position), (first, position)]
      case .one(let set):
        if position < text.count, set.contains(text[position]) { stack.append((step + 1, position + 1)) }
      case .assert(let assertion):
        if holds(assertion, at: position, text) { stack.append((step + 1, position)) }
      case .look(let isNegative, let then):
        let key = SIMD2(step, position)
        let isAhead = known[key] ?? run(from: step + 1, at: position, text, toEnd: false, &known)
        known[key] = isAhead
        if isAhead != isNegative { stack.append((then, position)) }
      }
    }
    return false
  }

  private func holds(_ assertion: Assertion, at position: Int, _ text: [Unicode.Scalar]) -> Bool {
    let before = position > 0 && PatternClass.isWord(text[position - 1])
    let after = position < text.count && PatternClass.isWord(text[position])
    switch assertion {
    case .start: return position == 0
    case .end: return position == text.count || position == text.count - 1 && text[position] == "\n"
    case .wordBoundary: return before != after
    case .noWordBoundary: return before == after
    }
  }
}
