import AnalysisFixtures
import Foundation
import Results
import StrictJSON
import Testing

/// Readers refuse what no run writes, and the writer lays documents out as Foundation does.
@Suite struct HostileDocumentTests {
  private func changed(_ old: String, _ new: String) throws -> [UInt8] {
    let text = String(decoding: try AnalysisJSON.bytes(SyntheticAnalysis.make()), as: UTF8.self)
    let other = text.replacing(old, with: new, maxReplacements: 1)
    try #require(other != text)
    return Array(other.utf8)
  }

  @Test func `Numbers, regions, layers and heads that no run writes are refused with their place`() throws {
    for (old, new, message) in [
      ("\"maxAbs\" : ", "\"maxAbs\" : 1e308, \"was\" : ", "blocks[0].centered.delta.maxAbs"),
      ("\"key\" : \"before\"", "\"key\" : \"elsewhere\"", "there is no region elsewhere"),
      ("\"layer\" : 0", "\"layer\" : 77", "77 lies outside the base's"),
      ("\"head\" : 0", "\"head\" : 9223372036854775807", "lies outside"),
      ("\"pairs\" : ", "\"pairs\" : 9223372036854775807, \"was\" : ", "lies outside"),
    ] {
      do {
        _ = try Analysis(json: changed(old, new), file: "analysis.json")
        Issue.record("\(new) was read")
      } catch let error as JSONMemberError {
        #expect(error.description.hasPrefix("analysis.json: ") && error.description.contains(message), "\(error)")
      }
    }
  }

  @Test(arguments: Examples.all) func `The layout is that of Foundation's encoder`(_ example: Examples) throws {
    let own = try AnalysisJSON.bytes(example.analysis)
    let value = try JSONSerialization.jsonObject(with: Data(own))
    let again = try JSONDecoder().decode(Tree.self, from: Data(own))
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    #expect(value is [String: Any])
    #expect(try Array(encoder.encode(again)) + [UInt8(ascii: "\n")] == own)
  }

  /// Any JSON.
  private enum Tree: Codable {
    case null, boolean(Bool), integer(Int), number(Double), text(String), array([Tree]), object([String: Tree])

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if let zero = try? container.decode(Double.self), zero == 0, zero.sign == .minus {
        self = .number(zero)
      } else if container.decodeNil() {
        self = .null
      } else if let value = try? container.decode(Bool.self) {
        self = .boolean(value)
      } else if let value = try? container.decode(Int.self) {
        self = .integer(value)
      } else if let value = try? container.decode(Double.self) {
        self = .number(value)
      } else if let value = try? container.decode(String.self) {
        self = .text(value)
      } else if let value = try? container.decode([Tree].self) {
        self = .array(value)
      } else {
        self = .object(try container.decode([String: Tree].self))
      }
    }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.singleValueContainer()
      switch self {
      case .null: try container.encodeNil()
      case .boolean(let value): try container.encode(value)
      case .integer(let value): try container.encode(value)
      case .number(let value): try container.encode(value)
      case .text(let value): try container.encode(value)
      case .array(let value): try container.encode(value)
      case .object(let value): try container.encode(value)
      }
    }
  }
}
