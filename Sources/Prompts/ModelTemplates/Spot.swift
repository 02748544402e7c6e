import StrictJSON

/// A text within a turn that a template may write: its content, a thought, the name or an argument of a call.
struct Spot {
  enum Step {
    case member(String)
    case element(Int)
  }

  /// Where it is in the turn.
  var path: [Step]
  var text: String
  /// Whether the turn says it: content and thoughts. Names and arguments may be repeated by other turns.
  var isSpoken: Bool

  /// Spots that a turn is found by: of more, the first and the last.
  private static let most = 16

  static let content = [Step.member("content")]

  /// The spots of a turn, in the order in which they are likely written.
  static func all(of turn: Conversation.Turn) -> [Spot] {
    guard let data = turn.data else { return [Spot(path: content, text: turn.text, isSpoken: true)] }
    var spots: [Spot] = []
    let thoughts = ["reasoning_content", "thinking", "reasoning"].filter { data[$0] != nil }.prefix(1)
    for name in thoughts + ["content"] { spots += texts(in: data[name], [.member(name)], isSpoken: true) }
    for name in Conversation.Turn.spoken where !["reasoning_content", "thinking", "reasoning"].contains(name) {
      spots += texts(in: data[name], [.member(name)], isSpoken: false)
    }
    guard spots.count > most else { return spots }
    return Array(spots.prefix(most / 2) + spots.suffix(most / 2))
  }

  /// The texts in a value; of what is told of a part or a call its type and id are none.
  private static func texts(in value: JSONValue?, _ path: [Step], isSpoken: Bool) -> [Spot] {
    switch value {
    case .string(let text): return [Spot(path: path, text: text, isSpoken: isSpoken)]
    case .array(let elements):
      return elements.enumerated().flatMap { texts(in: $1, path + [.element($0)], isSpoken: isSpoken) }
    case .object(let object):
      return object.members.filter { !["type", "id"].contains($0.name) }.flatMap {
        texts(in: $0.value, path + [.member($0.name)], isSpoken: isSpoken)
      }
    default: return []
    }
  }
}

extension Conversation.Turn {
  /// The turn with another text at a spot.
  func replacing(_ path: [Spot.Step], by text: String) -> Conversation.Turn {
    guard let data else { return Conversation.Turn(role: role, text: text) }
    return Conversation.Turn(role: role, text: text, data: data.replacing(path[...], by: .string(text)))
  }
}

extension JSONObject {
  func without(_ name: String) -> JSONObject {
    var result = JSONObject()
    for member in members where !member.name.isSpelled(name) { _ = result.append(member.name, member.value) }
    return result
  }

  /// The object with another value at a place; the member is added where there is none.
  func replacing(_ path: ArraySlice<Spot.Step>, by value: JSONValue) -> JSONObject {
    guard case .member(let name)? = path.first else { return self }
    var result = JSONObject()
    for member in members {
      let isPlace = member.name.isSpelled(name)
      _ = result.append(member.name, isPlace ? member.value.replacing(path.dropFirst(), by: value) : member.value)
    }
    if self[name] == nil { _ = result.append(name, value) }
    return result
  }
}

extension JSONValue {
  fileprivate func replacing(_ path: ArraySlice<Spot.Step>, by value: JSONValue) -> JSONValue {
    switch (path.first, self) {
    case (nil, _): return value
    case (.member, .object(let object)): return .object(object.replacing(path, by: value))
    case (.element(let index), .array(var elements)) where elements.indices.contains(index):
      elements[index] = elements[index].replacing(path.dropFirst(), by: value)
      return .array(elements)
    default: return self
    }
  }
}
