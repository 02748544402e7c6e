import Yams

/// What other files of YAML need: a document, its lists of mappings, and texts of which there may be several.
extension YAMLMapping {
  /// The mapping that a text with exactly one document holds, whose `schema` must be 1.
  /// - Throws: ``ExpectationsError`` with line and column.
  package init(document text: String, file: String) throws(ExpectationsError) {
    try self.init(composeYAML(text, file: file), file: file, what: "a mapping that begins with “schema: 1”")
    guard has("schema") else { throw error(nil, "the key “schema” is missing; begin with “schema: 1”") }
    guard try number("schema") == 1 else {
      throw error("schema", "only schema 1 is known; a newer Leibniz may read this file")
    }
  }

  /// A list of mappings that must be there and hold something.
  package func mappings(_ name: String, each what: String) throws(ExpectationsError) -> [YAMLMapping] {
    guard let list = node(name) else { throw error(nil, "the key “\(name)” is missing") }
    guard case .sequence(let items) = list else { throw error(name, "a list is expected, \(list.kind) was found") }
    guard !items.isEmpty else { throw error(name, "the list is empty; nothing would be done") }
    var mappings: [YAMLMapping] = []
    for item in items { mappings.append(try YAMLMapping(item, file: file, what: what)) }
    return mappings
  }

  /// A text, or a list of texts joined by commas; nil where absent.
  package func joined(_ name: String) throws(ExpectationsError) -> String? {
    guard case .sequence(let items)? = node(name) else { return try string(name) }
    guard !items.isEmpty else { throw error(name, "the list is empty") }
    var texts: [String] = []
    for item in items {
      guard let scalar = item.scalar, !scalar.string.isEmpty else {
        throw .at(item, file, "\(name): a text is expected, \(item.kind) was found")
      }
      texts.append(scalar.string)
    }
    return texts.joined(separator: ",")
  }
}
