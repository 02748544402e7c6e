import StrictJSON

extension Conversation.Turn {
  /// ShareGPT's words for who speaks.
  private static let speakers = [
    "human": "user", "gpt": "assistant", "chatgpt": "assistant", "observation": "tool", "function_call": "assistant",
    "function_response": "tool",
  ]

  /// Members of turns that chats of some kind have. Whatever they hold, templates see it.
  static let known =
    spoken + [
      "role", "content", "name", "tool_call_id", "id", "refusal", "annotations", "audio", "documents", "citations",
      "phase",
      "channel", "recipient", "metadata",
    ]

  /// Parts that are no text: a model gets other tokens of them than a text's.
  private static let media = [
    "image", "image_url", "input_image", "audio", "audio_url", "input_audio", "video", "video_url", "input_video",
    "file",
    "input_file",
  ]

  init(_ reader: JSONReader) throws(JSONMemberError) {
    let isShareGPT = reader["role"] == nil && reader["from"] != nil
    let (name, content) = isShareGPT ? ("from", "value") : ("role", "content")
    let word = try reader.string(name)
    guard !word.isEmpty, word.unicodeScalars.allSatisfy(\.isPartOfRole) else {
      throw reader.error(name, "“\(word)” is no role; a word of letters, digits, - and _ is expected")
    }
    let role = isShareGPT ? Self.speakers[word] ?? word : word
    var data = JSONObject()
    for (member, value) in reader.object.members where value != .null {
      if let path = value.pathOfHugeNumber { throw reader.error(member + path, JSONValue.hugeNumber) }
      if member.isSpelled(name) {
        _ = data.append("role", .string(role))
      } else if isShareGPT, member.isSpelled(content) {
        if word.isSpelled("function_call") {
          _ = data.append("tool_calls", try Self.calls(reader))
        } else {
          _ = data.append("content", value)
        }
      } else if !data.append(member, value) {
        throw reader.error(member, "\(name) and \(content) say the same thing; leave one out")
      }
    }
    try Self.checkCalls(reader)
    let text = try Self.text(reader, content, data)
    if data.members.map(\.name).sorted() == ["content", "role"], case .string? = data["content"] {
      self.init(role: role, text: text)
    } else {
      self.init(role: role, text: text, data: data)
    }
  }

  /// What is said: a text, or the texts of parts one after the other; nothing where an object is said, as by tools.
  private static func text(
    _ reader: JSONReader, _ member: String, _ data: JSONObject
  ) throws(JSONMemberError) -> String {
    switch data["content"] {
    case .string(let text): return text
    case .object: return ""
    case .array: break
    default:
      // A turn that calls or thinks need not say anything.
      guard reader[member] == nil, spoken.contains(where: { data[$0] != nil }) else { return try reader.string(member) }
      return ""
    }
    var text = ""
    for part in try reader.objects(member) {
      let type = try part.optionalString("type")
      guard !media.contains(type ?? "") else {
        throw part.error("type", "\(type ?? "") is expected to be text: only text can be analysed")
      }
      guard ["text", "input_text", "output_text"].contains(type ?? "text"), type != nil || part["text"] != nil else {
        continue
      }
      text += try part.string("text")
    }
    return text
  }

  private static func checkCalls(_ reader: JSONReader) throws(JSONMemberError) {
    _ = try reader.optionalObjects("tool_calls")
    _ = try reader.optionalObject("function_call")
    if reader["audio"] != nil { throw reader.error("audio", "only text can be analysed") }
  }

  /// What ShareGPT's `function_call` says: a call in JSON, or a list of calls.
  private static func calls(_ reader: JSONReader) throws(JSONMemberError) -> JSONValue {
    let text = try reader.string("value")
    let wrong = reader.error(
      "value", "a call is expected in JSON, as in {\"name\": \"look\", \"arguments\": {}}; write it into tool_calls")
    guard let value = try? JSONValue.parse(Array(text.utf8)) else { throw wrong }
    var calls: [JSONValue] = []
    let found: [JSONValue] = if case .array(let list) = value { list } else { [value] }
    for call in found {
      guard case .object(let function) = call, case .string? = function["name"], function["arguments"] != nil else {
        throw wrong
      }
      var whole = JSONObject()
      _ = whole.append("type", .string("function"))
      _ = whole.append("function", call)
      calls.append(.object(whole))
    }
    return .array(calls)
  }
}

extension JSONValue {
  static let hugeNumber = "a number beyond 64-bit integers, which templates would write otherwise; write it as a text"

  /// Where a number is that may be an integer of more than 64 bits; "" is the value itself.
  var pathOfHugeNumber: String? {
    switch self {
    case .number(let value): return value.magnitude >= 0x1p63 ? "" : nil
    case .array(let elements):
      for (index, element) in elements.enumerated() {
        if let path = element.pathOfHugeNumber { return "[\(index)]\(path)" }
      }
      return nil
    case .object(let object):
      for (name, value) in object.members { if let path = value.pathOfHugeNumber { return ".\(name)\(path)" } }
      return nil
    default: return nil
    }
  }
}

extension Unicode.Scalar {
  /// Whether a role's name may have it: nothing that a template could take for a mark.
  fileprivate var isPartOfRole: Bool {
    properties.isAlphabetic || properties.numericType != nil || self == "-" || self == "_"
  }
}
