/// A compiled regular expression: instructions for ``RegularExpressionMatcher``.
struct RegularExpressionProgram: Sendable {
  /// More than this is refused. The known expressions have about a hundred.
  static let mostInstructions = 2000

  enum Instruction: Sendable {
    /// Takes one character of the set.
    case take(set: Int)
    /// Takes as many characters of the set as there are, with no way back.
    case run(set: Int)
    /// Tries `first`, then `second`; `number` counts the choices.
    case choose(first: Int, second: Int, number: Int)
    case jump(Int)
    /// The instructions up to `next` have to match here, or must not; no character is taken.
    case look(next: Int, negative: Bool)
    /// The instructions up to `next` match once and are not tried again.
    case atomic(next: Int)
    case wordBoundary(negative: Bool)
    case accept
  }

  private(set) var instructions: [Instruction] = []
  private(set) var sets: [ScalarSet] = []
  private(set) var choices = 0
  private(set) var hasLookahead = false

  init(_ node: RegularExpressionNode) throws(RegularExpressionError) {
    try compile(node)
    try append(.accept)
  }

  init(literal: [Unicode.Scalar]) {
    sets = literal.map { ScalarSet(.scalar($0)) }
    instructions = sets.indices.map { .take(set: $0) } + [.accept]
  }

  private mutating func append(_ instruction: Instruction) throws(RegularExpressionError) {
    guard instructions.count < Self.mostInstructions else {
      throw RegularExpressionError(description: "it is longer than \(Self.mostInstructions) instructions")
    }
    instructions.append(instruction)
  }

  private mutating func compile(_ node: RegularExpressionNode) throws(RegularExpressionError) {
    switch node {
    case .set(let form):
      sets.append(ScalarSet(form))
      try append(.take(set: sets.count - 1))
    case .sequence(let nodes): for node in nodes { try compile(node) }
    case .alternation(let nodes): try compile(alternatives: nodes)
    case .quantified(let node, let least, let most, let preference):
      try compile(repeating: node, least: least, most: most, preference)
    case .lookahead(let node, let negative):
      hasLookahead = true
      try compileNested(node) { .look(next: $0, negative: negative) }
    case .atomic(let node):
      if node.isUnbounded { throw RegularExpressionError(description: "an atomic group without a bound") }
      try compileNested(node) { .atomic(next: $0) }
    case .wordBoundary(let negative): try append(.wordBoundary(negative: negative))
    }
  }

  private mutating func compileNested(
    _ node: RegularExpressionNode, _ instruction: (Int) -> Instruction
  ) throws(RegularExpressionError) {
    let start = instructions.count
    try append(.accept)
    try compile(node)
    try append(.accept)
    instructions[start] = instruction(instructions.count)
  }

  private mutating func compile(alternatives: [RegularExpressionNode]) throws(RegularExpressionError) {
    var jumps: [Int] = []
    for (index, node) in alternatives.enumerated() {
      guard index < alternatives.count - 1 else {
        try compile(node)
        break
      }
      let choice = try reserveChoice()
      try compile(node)
      jumps.append(instructions.count)
      try append(.jump(0))
      setChoice(choice, skipped: instructions.count, isLazy: false)
    }
    for jump in jumps { instructions[jump] = .jump(instructions.count) }
  }

  private mutating func compile(
    repeating node: RegularExpressionNode, least: Int, most: Int?,
    _ preference: RegularExpressionNode.Preference
  ) throws(RegularExpressionError) {
    if node.mayBeEmpty && most != 1 {
      throw RegularExpressionError(description: "a repetition of what may be empty")
    }
    if preference == .possessive { return try compile(possessive: node, least: least, most: most) }
    for _ in 0..<least { try compile(node) }
    if let most {
      var choices: [Int] = []
      for _ in least..<most {
        choices.append(try reserveChoice())
        try compile(node)
      }
      for choice in choices { setChoice(choice, skipped: instructions.count, isLazy: preference == .lazy) }
    } else {
      let choice = try reserveChoice()
      try compile(node)
      try append(.jump(choice))
      setChoice(choice, skipped: instructions.count, isLazy: preference == .lazy)
    }
  }

  /// `a?+`, `a*+` and `a++`; without a bound only for a single class, whose run is found in linear time.
  private mutating func compile(
    possessive node: RegularExpressionNode, least: Int, most: Int?
  ) throws(RegularExpressionError) {
    if most == nil {
      guard case .set(let form) = node else {
        throw RegularExpressionError(description: "a possessive repetition of more than one class")
      }
      for _ in 0..<least { try compile(node) }
      sets.append(ScalarSet(form))
      try append(.run(set: sets.count - 1))
    } else {
      try compile(.atomic(.quantified(node, least: least, most: most, .greedy)))
    }
  }

  /// A choice whose targets are set by ``setChoice(_:skipped:isLazy:)``.
  private mutating func reserveChoice() throws(RegularExpressionError) -> Int {
    try append(.choose(first: 0, second: 0, number: choices))
    choices += 1
    return instructions.count - 1
  }

  private mutating func setChoice(_ index: Int, skipped: Int, isLazy: Bool) {
    guard case .choose(_, _, let number) = instructions[index] else { return }
    instructions[index] = .choose(
      first: isLazy ? skipped : index + 1, second: isLazy ? index + 1 : skipped, number: number)
  }
}
