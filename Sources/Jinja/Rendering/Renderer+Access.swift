/// Elements, members and slices.
extension Renderer {
  /// The elements that a value is gone through by; those of an iterator are gone then.
  func elements(of value: Value) throws(JinjaError) -> [Value] {
    switch value {
    case .list(let items), .tuple(let items), .view(let items, _): return items.elements
    case .iterator(let iterator):
      let elements = iterator.takeAll()
      try charge(elements.count)
      return elements
    case .dictionary(let table):
      try charge(table.members.count)
      return table.members.map(\.key)
    case .text(let text):
      try charge(text.count)
      return text.scalars.map { .text(Text([$0])) }
    case .undefined: return []
    default: throw failure("\(value.kind) cannot be gone through")
    }
  }

  /// Python's `len`.
  func length(of value: Value) throws(JinjaError) -> Int {
    switch value {
    case .list(let items), .tuple(let items), .view(let items, _): return items.elements.count
    case .dictionary(let table): return table.members.count
    case .text(let text): return text.count
    case .undefined: return 0
    default: throw failure("\(value.kind) has no length")
    }
  }

  /// `base.name`: what Python finds there, or the member of that name.
  func attribute(_ name: Text, of base: Value) throws(JinjaError) -> Value {
    try charge(name.count / 8)
    if let found = try native(name, of: base) { return found }
    if case .dictionary(let table) = base, let value = table[name] { return value }
    return .undefined("\(name.string) of \(base.kind), which is undefined,")
  }

  /// `base[index]`: an element, or the member of that name, or what Python finds there.
  func item(_ base: Value, _ index: Value) throws(JinjaError) -> Value {
    if case .text(let name) = index { try charge(name.count / 8) }
    switch (base, index) {
    case (.undefined(let what), _): throw failure("\(what) has no elements")
    case (.dictionary(let table), _): if let key = Key(index), let value = table[key] { return value }
    case (.list(let items), _), (.tuple(let items), _), (.view(let items, .range), _):
      if let index = index.integer, let position = Self.position(index, in: items.elements.count) {
        return items.elements[position]
      }
    case (.text(let text), _):
      if let index = index.integer, let position = Self.position(index, in: text.count) {
        return .text(Text([text.scalars[position]]))
      }
    default: break
    }
    guard case .text(let name) = index else { return .undefined("an element of \(base.kind), which is undefined,") }
    if let found = try native(name, of: base) { return found }
    return .undefined("\(name.string) of \(base.kind), which is undefined,")
  }

  private static func position(_ index: Int, in count: Int) -> Int? {
    let position = index < 0 ? index + count : index
    return (0..<count).contains(position) ? position : nil
  }

  /// What Python finds in a value of that kind, whatever it holds: methods, mostly.
  private func native(_ name: Text, of base: Value) throws(JinjaError) -> Value? {
    guard name.scalars.first != "_" else { throw unsupported("the attribute \(name.string)") }
    switch base {
    case .undefined(let what): throw failure("\(what) has no member \(name.string)")
    case .namespace(let namespace): return namespace.members[name]
    case .loop(let state): return try member(name, of: state)
    case .function: throw unsupported("the attribute \(name.string) of a function")
    case .integer, .boolean, .number, .iterator, .view:
      if Methods.numbersAndViews.contains(name) { throw unsupported("the attribute \(name.string) of \(base.kind)") }
      return nil
    case .tuple(let items):
      if let index = items.names.firstIndex(of: name) { return items.elements[index] }
      return Methods.names(of: base).contains(name) ? .function(.method(base, name)) : nil
    default: return Methods.names(of: base).contains(name) ? .function(.method(base, name)) : nil
    }
  }

  private func member(_ name: Text, of loop: LoopState) throws(JinjaError) -> Value? {
    let (index, count) = (loop.index, loop.elements.count)
    switch name.string {
    case "index": return .integer(index + 1)
    case "index0": return .integer(index)
    case "revindex": return .integer(count - index)
    case "revindex0": return .integer(count - index - 1)
    case "first": return .boolean(index == 0)
    case "last": return .boolean(index == count - 1)
    case "length": return .integer(count)
    case "previtem": return loop.element(at: index - 1, "previous")
    case "nextitem": return loop.element(at: index + 1, "next")
    // Jinja2 counts recursive loops alone.
    case "depth": return .integer(loop.recursion.depth + 1)
    case "depth0": return .integer(loop.recursion.depth)
    case "cycle", "changed": return .function(.method(.loop(loop), name))
    default: return nil
    }
  }

  // MARK: Slices

  func slice(
    _ base: Expression, _ start: Expression?, _ end: Expression?, _ step: Expression?
  ) throws(JinjaError) -> Value {
    let value = try evaluate(base)
    let (start, end, step) = (try bound(start), try bound(end), try bound(step) ?? 1)
    guard step != 0 else { throw failure("the step of a slice is 0") }
    switch value {
    case .text(let text):
      return try self.text(Text(Self.indices(text.count, start, end, step).map { text.scalars[$0] }))
    case .list(let items):
      return try list(Self.indices(items.elements.count, start, end, step).map { items.elements[$0] })
    case .tuple(let items):
      return .tuple(try self.items(Self.indices(items.elements.count, start, end, step).map { items.elements[$0] }))
    case .view(let items, .range):
      // Python's slice is a range; as elements it is the same, and it is printed as one seldom.
      return try list(Self.indices(items.elements.count, start, end, step).map { items.elements[$0] })
    case .undefined, .iterator, .namespace, .loop, .function, .view: throw failure("\(value.kind) has no slices")
    case .none, .boolean, .integer, .number, .dictionary:
      return .undefined("a slice of \(value.kind), which is undefined,")
    }
  }

  private func bound(_ expression: Expression?) throws(JinjaError) -> Int? {
    guard let expression else { return nil }
    let value = try evaluate(expression)
    if case .none = value { return nil }
    guard let integer = value.integer else { throw failure("\(value.kind) bounds a slice") }
    return integer
  }

  /// The indices of a slice. Far bounds are brought near first, so that no sum overflows.
  private static func indices(_ count: Int, _ start: Int?, _ end: Int?, _ step: Int) -> [Int] {
    let lowest = step < 0 ? -1 : 0
    let highest = step < 0 ? count - 1 : count
    let place = { (bound: Int) in max(lowest, min(highest, bound < 0 ? max(bound, -count - 1) + count : bound)) }
    let first = start.map(place) ?? (step < 0 ? highest : lowest)
    let last = end.map(place) ?? (step < 0 ? lowest : highest)
    let step = max(-count - 1, min(count + 1, step))
    return Array(stride(from: first, to: last, by: step))
  }
}
