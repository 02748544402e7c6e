import Yams

/// Reads typed values of a YAML mapping; every error names file, line and column.
package struct YAMLMapping {
  package let file: String
  package let line: Int
  package let column: Int
  private let members: [(name: String, key: Node, value: Node)]

  /// - Throws: ``ExpectationsError`` if the node is no mapping or a key is no scalar.
  init(_ node: Node, file: String, what: String) throws(ExpectationsError) {
    guard case .mapping(let mapping) = node else {
      throw .at(node, file, "\(what) is expected, \(node.kind) was found")
    }
    var members: [(name: String, key: Node, value: Node)] = []
    for (key, value) in mapping {
      guard case .scalar(let scalar) = key else {
        throw .at(key, file, "a key is expected, \(key.kind) was found")
      }
      members.append((scalar.string, key, value))
    }
    self.file = file
    self.members = members
    line = node.mark?.line ?? 1
    column = node.mark?.column ?? 1
  }

  /// Refuses every key that is not in `allowed`; `explain` may say why a key of another kind does not fit.
  package func allow(_ allowed: [String], explain: (String) -> String? = { _ in nil }) throws(ExpectationsError) {
    for member in members where !allowed.contains(member.name) {
      if let reason = explain(member.name) { throw .at(member.key, file, reason) }
      let hint = suggestion(for: member.name, among: allowed).map { "; did you mean \($0)?" } ?? "."
      throw .at(
        member.key, file,
        "unknown key “\(member.name)”\(hint) Known here: \(allowed.joined(separator: ", "))")
    }
  }

  /// Whether the key is there.
  package func has(_ name: String) -> Bool { node(name) != nil }

  func node(_ name: String) -> Node? { members.first { $0.name == name }?.value }

  /// An error at the value of a key, or at the mapping where the key is missing.
  package func error(_ name: String?, _ message: String) -> ExpectationsError {
    if let name, let value = node(name) { return .at(value, file, "\(name): \(message)") }
    return .malformed(file: file, line: line, column: column, message: message)
  }

  private func mismatch(_ name: String, _ expected: String, _ found: Node) -> ExpectationsError {
    error(name, "\(expected) is expected, \(found.kind) was found")
  }

  /// A text as it stands; nil where absent. An empty one has to be in quotes.
  package func string(_ name: String) throws(ExpectationsError) -> String? {
    guard let node = node(name) else { return nil }
    guard case .scalar(let scalar) = node, !(scalar.isPlain && scalar.string.isEmpty) else {
      throw mismatch(name, "a text", node)
    }
    return scalar.string
  }

  /// Whether `null` stands there, without quotes.
  func isNull(_ name: String) -> Bool {
    node(name)?.scalar.map { $0.isPlain && ["null", "~"].contains($0.string) } ?? false
  }

  /// A text with line breaks and runs of blanks made single blanks; nil where absent.
  func text(_ name: String) throws(ExpectationsError) -> String? {
    guard let string = try string(name) else { return nil }
    let text = string.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    guard !text.isEmpty else { throw error(name, "the text is empty") }
    return text
  }

  /// A finite number in decimal notation; nil where absent.
  package func number(_ name: String) throws(ExpectationsError) -> Double? {
    guard let node = node(name) else { return nil }
    guard case .scalar(let scalar) = node else { throw mismatch(name, "a number", node) }
    // Double alone would also take hexadecimal digits, "nan" and "infinity".
    let isDecimal = scalar.isPlain && scalar.string.allSatisfy { "+-.0123456789eE".contains($0) }
    guard isDecimal, let value = Double(scalar.string) else { throw mismatch(name, "a number", node) }
    guard value.isFinite else { throw error(name, "\(scalar.string) is too large") }
    return value
  }

  /// `true` or `false`; nil where absent.
  func boolean(_ name: String) throws(ExpectationsError) -> Bool? {
    guard let node = node(name) else { return nil }
    switch node.scalar {
    case let scalar? where scalar.isPlain && scalar.string == "true": return true
    case let scalar? where scalar.isPlain && scalar.string == "false": return false
    default: throw mismatch(name, "true or false", node)
    }
  }

  /// One of some words; nil where absent.
  func word(_ name: String, among words: [String]) throws(ExpectationsError) -> String? {
    guard let node = node(name) else { return nil }
    guard let word = node.scalar?.string, words.contains(word) else {
      let hint = node.scalar.flatMap { suggestion(for: $0.string, among: words) }.map {
        "; did you mean \($0)?"
      }
      throw error(
        name, "one of \(words.joined(separator: ", ")) is expected, \(node.kind) was found\(hint ?? "")")
    }
    return word
  }
}

extension ExpectationsError {
  /// An error at a node.
  static func at(_ node: Node, _ file: String, _ message: String) -> ExpectationsError {
    .malformed(file: file, line: node.mark?.line ?? 1, column: node.mark?.column ?? 1, message: message)
  }
}

extension Node {
  /// What the node is, for messages: "a list", "“abc”", "nothing".
  var kind: String {
    switch self {
    case .mapping: "a mapping"
    case .sequence: "a list"
    case .alias: "an alias"
    case .scalar(let scalar) where scalar.string.isEmpty: "nothing"
    case .scalar(let scalar): scalar.isPlain ? "“\(scalar.string)”" : "the text “\(scalar.string)”"
    }
  }
}

extension Node.Scalar {
  /// Whether the scalar is written without quotes.
  var isPlain: Bool { style == .plain || style == .any }
}
