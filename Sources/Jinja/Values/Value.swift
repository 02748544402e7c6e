/// A value while a template is rendered, as Python has it.
enum Value {
  /// Nothing, with what is missing in words: it prints as nothing and is false.
  case undefined(String)
  case none
  case boolean(Bool)
  case integer(Int)
  case number(Double)
  case text(Text)
  case list(Items)
  case tuple(Items)
  /// `range` and what `keys`, `values` and `items` of a dictionary give: counted and gone through, and not printed.
  case view(Items, View)
  /// What `map` and its like give: gone through once.
  case iterator(Iterator)
  case dictionary(Table)
  case namespace(Namespace)
  case loop(LoopState)
  case function(Function)

  enum View: String {
    case range = "range"
    case keys = "dict_keys"
    case values = "dict_values"
    case items = "dict_items"
  }

  /// What can be called.
  indirect enum Function {
    /// A global one: `range`, `raise_exception`.
    case global(Text)
    case method(Value, Text)
    /// The number of a macro of the rendering.
    case macro(Int)
    /// What `joiner` makes.
    case joiner(Joiner)
  }

  /// What it is, for messages.
  var kind: String {
    switch self {
    case .undefined(let what): what
    case .none: "none"
    case .boolean: "a boolean"
    case .integer: "an integer"
    case .number: "a floating-point number"
    case .text: "a text"
    case .list: "a list"
    case .tuple: "a tuple"
    case .view(_, let view): view.rawValue
    case .iterator: "an iterator"
    case .dictionary: "a dictionary"
    case .namespace: "a namespace"
    case .loop: "the variable loop"
    case .function: "a function"
    }
  }

  /// How many lists and dictionaries lie within each other.
  var depth: Int {
    switch self {
    case .list(let items), .tuple(let items), .view(let items, _): items.depth
    case .iterator(let iterator): iterator.depth
    case .dictionary(let table): table.depth
    default: 0
    }
  }

  /// What Python's `bool` says.
  var isTrue: Bool {
    switch self {
    case .undefined, .none: false
    case .boolean(let value): value
    case .integer(let value): value != 0
    case .number(let value): value != 0
    case .text(let text): !text.isEmpty
    case .list(let items), .tuple(let items), .view(let items, _): !items.elements.isEmpty
    case .dictionary(let table): !table.members.isEmpty
    case .iterator, .namespace, .loop, .function: true
    }
  }

  /// A boolean or an integer as a number: to Python True is 1.
  var integer: Int? {
    switch self {
    case .boolean(let value): value ? 1 : 0
    case .integer(let value): value
    default: nil
    }
  }

  var isDefined: Bool {
    if case .undefined = self { false } else { true }
  }
}

/// The elements of a list, with how deep they are.
struct Items {
  let elements: [Value]
  let depth: Int
  /// Names of the elements, where they have some: what `groupby` gives.
  var names: [Text] = []

  /// - Precondition: Nothing; whoever makes one checks ``depth``.
  init(_ elements: [Value]) {
    self.elements = elements
    depth = 1 + (elements.lazy.map(\.depth).max() ?? 0)
  }
}

/// What a dictionary finds its members by: to Python 1, 1.0 and True are one key.
enum Key: Hashable {
  case text(Text)
  case integer(Int)
  case number(Double)
  case none
  case tuple([Key])

  /// nil for what cannot be a key.
  init?(_ value: Value) {
    switch value {
    case .text(let text): self = .text(text)
    case .none: self = .none
    case .number(let number): self = Int(exactly: number).map(Key.integer) ?? .number(number)
    case .tuple(let items):
      let keys = items.elements.compactMap { Key($0) }
      guard keys.count == items.elements.count else { return nil }
      self = .tuple(keys)
    default:
      guard let integer = value.integer else { return nil }
      self = .integer(integer)
    }
  }
}

/// A dictionary, in the order in which its members were set.
struct Table {
  private(set) var members: [(key: Value, value: Value)] = []
  private var positions: [Key: Int] = [:]
  private(set) var depth = 1

  /// The value of a key.
  subscript(key: Key) -> Value? { positions[key].map { members[$0].value } }

  subscript(name: Text) -> Value? {
    get { self[.text(name)] }
    set {
      if let newValue { set(.text(name), to: newValue, at: .text(name)) }
    }
  }

  /// Sets a member; a key that is there stays as it is written.
  mutating func set(_ written: Value, to value: Value, at key: Key) {
    depth = max(depth, 1 + value.depth, 1 + written.depth)
    if let position = positions[key] {
      members[position].value = value
    } else {
      positions[key] = members.count
      members.append((written, value))
    }
  }
}

/// What `joiner()` makes: nothing when it is called first, its text after.
final class Joiner {
  let text: Text
  var isUsed = false

  init(_ text: Text) { self.text = text }
}

/// What `loop.changed` was given last.
final class LoopMemory {
  var last: [Value]?
}

/// What is gone through once.
final class Iterator {
  private var rest: ArraySlice<Value>
  let depth: Int

  init(_ items: Items) {
    rest = items.elements[...]
    depth = items.depth
  }

  /// The elements, which are gone then.
  func takeAll() -> [Value] {
    defer { rest = [] }
    return Array(rest)
  }

  /// The first of those that are left.
  func takeFirst() -> Value? { rest.popFirst() }
}

/// What `namespace()` makes: its members can be set from within loops.
final class Namespace {
  var members = Table()
}

/// The variable `loop` in one iteration.
struct LoopState {
  let index: Int
  let elements: [Value]
  let memory: LoopMemory
  /// The number of the recursive loop of the rendering that it is, and how deep it is in itself.
  var recursion: (loop: Int?, depth: Int) = (nil, 0)

  func element(at index: Int, _ name: String) -> Value {
    elements.indices.contains(index) ? elements[index] : .undefined("the \(name) item, which there is not,")
  }
}

/// The variables of a loop, a macro or the template.
final class Scope {
  private var values: [Text: Value]
  private let parent: Scope?

  init(_ values: [Text: Value] = [:], in parent: Scope? = nil) {
    self.values = values
    self.parent = parent
  }

  func value(_ name: Text) -> Value? {
    var scope: Scope? = self
    while let current = scope {
      if let value = current.values[name] { return value }
      scope = current.parent
    }
    return nil
  }

  func set(_ name: Text, _ value: Value) { values[name] = value }
}
