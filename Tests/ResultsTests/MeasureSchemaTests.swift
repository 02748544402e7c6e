import Foundation
import Testing

@testable import Results

/// docs/schemas/analysis.schema.json says of measures what their fields say.
@Suite struct MeasureSchemaTests {
  @Test(arguments: AnalysisPart.allCases.map { $0.rows } + [StreamDivergence.self] as [any MeasureRow.Type])
  func `The schema has every field, and what it may be`(row: any MeasureRow.Type) throws {
    try check(row, Schema())
  }

  private func check<Row: MeasureRow>(_ row: Row.Type, _ schema: Schema) throws {
    let member = try #require(schema.member(Row.measure, of: schema.root), "the schema has no \(Row.measure)")
    let rows = try Row.form.rowsAt.map { try #require(schema.member($0, of: member)) } ?? member
    let item = try #require(rows["items"] as? [String: Any])
    if let counted = Row.form.counted {
      #expect(schema.member(counted.rawValue, of: item)?["minimum"] as? Int == 1, "\(Row.measure) \(counted)")
    }
    for field in Row.fields {
      var found = item
      for name in field.names {
        let isRequired = (schema.resolved(found)["required"] as? [String] ?? []).contains(name)
        #expect(isRequired || field.isOptional || found["required"] == nil, "\(field.path): \(name) is not required")
        found = try #require(schema.member(name, of: found), "the schema has no \(Row.measure) \(field.path)")
      }
      #expect(found["type"] as? String == "number" && found["description"] is String, "\(field.path)")
      let (lower, upper) = field.kind.bounds
      #expect(found["minimum"] as? Int == lower && found["maximum"] as? Int == upper, "\(field.path)")
    }
  }

  private struct Schema {
    let root: [String: Any]

    init() throws {
      let folder = (0..<3).reduce(URL(filePath: #filePath)) { url, _ in url.deletingLastPathComponent() }
      let bytes = try Data(contentsOf: folder.appending(path: "docs/schemas/analysis.schema.json"))
      root = try #require(try JSONSerialization.jsonObject(with: bytes) as? [String: Any])
    }

    /// A schema with what it refers to.
    func resolved(_ schema: [String: Any]) -> [String: Any] {
      guard let name = (schema["$ref"] as? String)?.split(separator: "/").last,
        let other = (root["$defs"] as? [String: [String: Any]])?[String(name)]
      else { return schema }
      return other.merging(schema) { _, own in own }
    }

    func member(_ name: String, of schema: [String: Any]) -> [String: Any]? {
      let schema = resolved(schema)
      let members = schema["properties"] as? [String: [String: Any]]
      return (members?[name] ?? schema["additionalProperties"] as? [String: Any]).map(resolved)
    }
  }
}

extension FieldKind {
  fileprivate var bounds: (Int?, Int?) {
    switch self {
    case .number: (nil, nil)
    case .size: (0, nil)
    case .cosine: (-1, 1)
    }
  }
}
