/// Filters that put elements in order, or find equal ones.
extension Renderer {
  /// A stable order: equal elements stay as they are, also in the reverse one.
  func sorted<T>(
    _ elements: [T], isReversed: Bool = false, by isLess: (T, T) throws(JinjaError) -> Bool
  ) throws(JinjaError) -> [T] {
    guard elements.count > 1 else { return elements }
    let middle = elements.count / 2
    let left = try sorted(Array(elements[..<middle]), isReversed: isReversed, by: isLess)
    let right = try sorted(Array(elements[middle...]), isReversed: isReversed, by: isLess)
    var merged: [T] = []
    var (first, second) = (0, 0)
    while first < left.count, second < right.count {
      try charge()
      let (one, other) = (left[first], right[second])
      if isReversed ? try isLess(one, other) : try isLess(other, one) {
        merged.append(other)
        second += 1
      } else {
        merged.append(one)
        first += 1
      }
    }
    return merged + left[first...] + right[second...]
  }

  func sortingFilter(_ name: String, _ value: Value, _ call: Call) throws(JinjaError) -> Value? {
    switch name {
    case "sort":
      let arguments = try call.bound(to: ["reverse", "case_sensitive", "attribute"], of: name, self)
      let order = try keyed(value, by: arguments[2], isCaseSensitive: arguments[1]?.isTrue ?? false)
      return try list(try inOrder(order, isReversed: arguments[0]?.isTrue ?? false).map(\.element))
    case "unique":
      let arguments = try call.bound(to: ["case_sensitive", "attribute"], of: name, self)
      var seen = Table()
      var kept: [Value] = []
      for item in try keyed(value, by: arguments[1], isCaseSensitive: arguments[0]?.isTrue ?? false) {
        // Undefined is a key to Python, and no value of ours.
        let key = item.key.isDefined ? item.key : .tuple(try items([]))
        guard try member(key, of: seen) == nil else { continue }
        try set(key, to: .none, in: &seen)
        kept.append(item.element)
      }
      return .iterator(Iterator(try items(kept)))
    case "groupby": return try grouped(value, call)
    case "min", "max":
      let arguments = try call.bound(to: ["case_sensitive", "attribute"], of: name, self)
      let order = try keyed(value, by: arguments[1], isCaseSensitive: arguments[0]?.isTrue ?? false)
      guard var found = order.first else { return .undefined("the \(name) of no elements") }
      for item in order.dropFirst()
      where name == "min" ? try isLess(item.key, found.key) : try isLess(found.key, item.key) { found = item }
      return found.element
    case "dictsort": return try dictionarySorted(value, call)
    default: return nil
    }
  }

  private typealias Keyed = (key: Value, element: Value)

  private func inOrder(_ elements: [Keyed], isReversed: Bool = false) throws(JinjaError) -> [Keyed] {
    try sorted(elements, isReversed: isReversed) { first, second throws(JinjaError) in
      try self.isLess(first.key, second.key)
    }
  }

  /// Elements with what they are compared by: themselves, or members at a path, several between commas.
  private func keyed(
    _ value: Value, by attribute: Value?, isCaseSensitive: Bool, otherwise: Value? = nil
  ) throws(JinjaError) -> [Keyed] {
    var result: [Keyed] = []
    for element in try elements(of: value) {
      var key = element
      if case .text(let path)? = attribute, path.scalars.contains(",") {
        var parts: [Value] = []
        for part in path.scalars.split(separator: ",", omittingEmptySubsequences: false) {
          let found = try member(.text(Text(part)), of: element, otherwise: otherwise)
          parts.append(isCaseSensitive ? found : try lowered(found))
        }
        key = .tuple(try items(parts))
      } else if let attribute, attribute.isDefined, !attribute.isNone {
        key = try member(attribute, of: element, otherwise: otherwise)
      }
      result.append((isCaseSensitive ? key : try lowered(key), element))
    }
    return result
  }

  private func lowered(_ value: Value) throws(JinjaError) -> Value {
    guard case .text(let text) = value else { return value }
    return try self.text(text.lower)
  }

  private func grouped(_ value: Value, _ call: Call) throws(JinjaError) -> Value {
    let arguments = try call.bound(to: ["attribute", "default", "case_sensitive"], of: "groupby", self)
    guard let attribute = arguments[0] else { throw failure("groupby is given no attribute") }
    let isCaseSensitive = arguments[2]?.isTrue ?? false
    let otherwise = arguments[1]
    let order = try inOrder(
      try keyed(value, by: attribute, isCaseSensitive: isCaseSensitive, otherwise: otherwise))
    var groups: [Keyed] = []
    var index = 0
    while index < order.count {
      var members: [Value] = []
      let key = order[index].key
      while index < order.count {
        guard try areEqual(order[index].key, key) else { break }
        members.append(order[index].element)
        index += 1
      }
      let name = isCaseSensitive ? key : try member(attribute, of: members[0], otherwise: otherwise)
      groups.append((name, try list(members)))
    }
    var tuples: [Value] = []
    for group in groups {
      var pair = try items([group.key, group.element])
      pair.names = ["grouper", "list"]
      tuples.append(.tuple(pair))
    }
    return try list(tuples)
  }

  private func dictionarySorted(_ value: Value, _ call: Call) throws(JinjaError) -> Value {
    let arguments = try call.bound(to: ["case_sensitive", "by", "reverse"], of: "dictsort", self)
    guard case .dictionary(let table) = value else { throw failure("dictsort is given \(value.kind)") }
    let place: Int
    switch arguments[1] {
    case nil: place = 0
    case .text("key")?: place = 0
    case .text("value")?: place = 1
    default: throw failure("dictsort goes by key or by value")
    }
    let isCaseSensitive = arguments[0]?.isTrue ?? false
    var order: [Keyed] = []
    for (member, pair) in zip(table.members, try pairs(of: table)) {
      let key = place == 0 ? member.key : member.value
      order.append((isCaseSensitive ? key : try lowered(key), pair))
    }
    return try list(try inOrder(order, isReversed: arguments[2]?.isTrue ?? false).map(\.element))
  }
}
