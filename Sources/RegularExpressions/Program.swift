/// A compiled regular expression: instructions for ``Matcher``.
struct Program: Sendable {
  enum Instruction: Sendable {
    /// Takes one character of the set.
    case take(set: Int)
    /// Takes as many characters of the set as there are, with no way back.
    case run(set: Int)
    /// Tries `first`, then `second`.
    case choose(first: Int, second: Int)
    case jump(Int)
    /// The instructions up to `next` have to match here, or must not; no character is taken.
    case look(next: Int, isNegative: Bool)
    /// The instructions up to `next` match once and are not tried again.
    case atomic(next: Int)
    case assert(Assertion)
    case accept
  }

  private(set) var instructions: [Instruction] = []
  private(set) var sets: [ScalarSet] = []
  /// The characters of words, for their boundaries.
  let word: ScalarSet
  /// For each instruction with more than one way to it or from it a number, for the others nil. Between two of these
  /// there is one way only, so what they remember bounds the time of a match.
  private(set) var states: [Int?] = []
  private(set) var stateCount = 0
  private(set) var hasLookahead = false
  /// How many more instructions there may be.
  private var allowance: Int

  init(_ node: Node, word: ScalarSet.Form, allowance: inout Int) throws(RegularExpressionError) {
    self.word = ScalarSet(word)
    self.allowance = allowance
    try compile(node)
    try append(.accept)
    allowance = self.allowance
    numberStates()
  }

  private mutating func append(_ instruction: Instruction) throws(RegularExpressionError) {
    try spend(1)
    instructions.append(instruction)
  }

  private mutating func spend(_ count: Int) throws(RegularExpressionError) {
    guard allowance >= count else {
      throw RegularExpressionError(description: "it is too long, by itself or with the file's other expressions")
    }
    allowance -= count
  }

  private mutating func numberStates() {
    var ways = [Int](repeating: 0, count: instructions.count)
    for (index, instruction) in instructions.enumerated() {
      switch instruction {
      case .take, .run, .assert: ways[index + 1] += 1
      case .jump(let target): ways[target] += 1
      case .look(let next, _), .atomic(let next): ways[next] += 1
      case .choose(let first, let second):
        ways[first] += 1
        ways[second] += 1
        ways[index] += 2
      case .accept: break
      }
    }
    states = ways.map { count in
      guard count > 1 else { return nil }
      defer { stateCount += 1 }
      return stateCount
    }
  }
}

/// Compiling.
extension Program {
  private mutating func compile(_ node: Node) throws(RegularExpressionError) {
    switch node {
    case .set(let form): try append(.take(set: try add(form)))
    case .sequence(let nodes): for node in nodes { try compile(node) }
    case .alternation(let nodes): try compile(alternatives: nodes)
    case .quantified(let node, let least, let most, let preference):
      try compile(repeating: node, least: least, most: most, preference)
    case .lookahead(let node, let isNegative):
      hasLookahead = true
      try compileNested(node) { .look(next: $0, isNegative: isNegative) }
    case .atomic(let node):
      if node.isUnbounded { throw RegularExpressionError(description: "an atomic group without a bound") }
      try compileNested(node) { .atomic(next: $0) }
    case .assertion(let assertion): try append(.assert(assertion))
    }
  }

  /// A class counts as many instructions as it has parts.
  private mutating func add(_ form: ScalarSet.Form) throws(RegularExpressionError) -> Int {
    try spend(form.size - 1)
    sets.append(ScalarSet(form))
    return sets.count - 1
  }

  private mutating func compileNested(
    _ node: Node, _ instruction: (Int) -> Instruction
  ) throws(RegularExpressionError) {
    let start = try reserve()
    try compile(node)
    try append(.accept)
    instructions[start] = instruction(instructions.count)
  }

  private mutating func compile(alternatives: [Node]) throws(RegularExpressionError) {
    var jumps: [Int] = []
    for node in alternatives.dropLast() {
      let choice = try reserve()
      try compile(node)
      jumps.append(try reserve())
      setChoice(choice, skipped: instructions.count, isLazy: false)
    }
    if let last = alternatives.last { try compile(last) }
    for jump in jumps { instructions[jump] = .jump(instructions.count) }
  }

  private mutating func compile(
    repeating node: Node, least: Int, most: Int?, _ preference: Node.Preference
  ) throws(RegularExpressionError) {
    if node.mayBeEmpty && most != 1 {
      throw RegularExpressionError(description: "a repetition of what may be empty")
    }
    if preference == .possessive { return try compile(possessive: node, least: least, most: most) }
    for _ in 0..<least { try compile(node) }
    var choices: [Int] = []
    if let most {
      for _ in least..<most {
        choices.append(try reserve())
        try compile(node)
      }
    } else {
      choices.append(try reserve())
      try compile(node)
      try append(.jump(choices[0]))
    }
    for choice in choices { setChoice(choice, skipped: instructions.count, isLazy: preference == .lazy) }
  }

  /// `a?+`, `a*+` and `a++`; without a bound only for a single class, whose run is found in linear time.
  private mutating func compile(
    possessive node: Node, least: Int, most: Int?
  ) throws(RegularExpressionError) {
    if most != nil {
      return try compile(.atomic(.quantified(node, least: least, most: most, .greedy)))
    }
    guard case .set(let form) = node else {
      throw RegularExpressionError(description: "a possessive repetition of more than one class")
    }
    for _ in 0..<least { try compile(node) }
    try append(.run(set: try add(form)))
  }

  /// The place of an instruction whose target is not known yet.
  private mutating func reserve() throws(RegularExpressionError) -> Int {
    try append(.accept)
    return instructions.count - 1
  }

  private mutating func setChoice(_ index: Int, skipped: Int, isLazy: Bool) {
    instructions[index] =
      isLazy ? .choose(first: skipped, second: index + 1) : .choose(first: index + 1, second: skipped)
  }
}
