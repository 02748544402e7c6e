import StrictJSON

/// The member `post_processor`: where the text and where special tokens go.
struct PostProcessor: Sendable {
  private enum Item: Sendable {
    case text
    case special([Int])
  }

  private var template: [Item] = [.text]

  /// How many tokens are put before the text.
  var leadingTokens: Int {
    var count = 0
    for item in template {
      guard case .special(let ids) = item else { break }
      count += ids.count
    }
    return count
  }

  /// Nothing is added.
  init() {}

  /// The ids of a text in their template.
  func process(_ ids: [Int], addsSpecialTokens: Bool) -> [Int] {
    template.flatMap { item in
      switch item {
      case .text: ids
      case .special(let special): addsSpecialTokens ? special : []
      }
    }
  }
}

extension PostProcessor {
  /// Reads the member `post_processor`.
  init(_ reader: JSONReader) throws(JSONMemberError) {
    switch try reader.string("type") {
    case "ByteLevel": break
    case "TemplateProcessing": template = try Self.template(reader)
    case "BertProcessing", "RobertaProcessing":
      template = [
        .special([try Self.token(reader, "cls")]), .text, .special([try Self.token(reader, "sep")]),
      ]
    case "Sequence": template = try Self.sequence(reader)
    case let other:
      throw reader.unsupported(
        other, supported: "ByteLevel, TemplateProcessing, BertProcessing, RobertaProcessing and Sequence")
    }
  }

  /// The one processor of a sequence that adds tokens.
  private static func sequence(_ reader: JSONReader) throws(JSONMemberError) -> [Item] {
    var templates: [[Item]] = []
    for part in try reader.optionalObjects("processors") ?? [] where try part.string("type") != "ByteLevel" {
      templates.append(try PostProcessor(part).template)
    }
    guard templates.count < 2 else {
      throw reader.error("processors", "more than one processor that adds tokens is not supported")
    }
    return templates.first ?? [.text]
  }

  /// The template for a single text.
  private static func template(_ reader: JSONReader) throws(JSONMemberError) -> [Item] {
    let specials = try reader.optionalObject("special_tokens")
    var items: [Item] = []
    for piece in try reader.objects("single") {
      if let sequence = try piece.optionalObject("Sequence") {
        guard try sequence.string("id") == "A" else {
          throw sequence.error("id", "the template of a single text may hold the sequence A alone")
        }
        items.append(.text)
      } else if let special = try piece.optionalObject("SpecialToken") {
        let name = try special.string("id")
        guard let token = try specials?.optionalObject(name), let ids = try token.optionalIntegers("ids")
        else {
          throw special.error("id", "\(name) has no ids in special_tokens")
        }
        guard ids.allSatisfy({ UInt32(exactly: $0) != nil }) else {
          throw token.error("ids", "an id is out of range")
        }
        items.append(.special(ids))
      } else {
        throw piece.error("", "Sequence or SpecialToken is expected")
      }
    }
    let texts = items.count { if case .text = $0 { true } else { false } }
    guard texts == 1 else {
      throw reader.error("single", "the sequence A has to stand there once, it does \(texts) times")
    }
    return items
  }

  /// A pair like `["</s>", 2]`.
  private static func token(_ reader: JSONReader, _ name: String) throws(JSONMemberError) -> Int {
    guard let pair = try reader.optionalArray(name), pair.count == 2, case .integer(let id) = pair[1],
      UInt32(exactly: id) != nil
    else { throw reader.error(name, "a token and its id are expected") }
    return id
  }
}
