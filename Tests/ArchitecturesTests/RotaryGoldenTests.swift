import Foundation
import StrictJSON
import Testing

@testable import Architectures

/// Inverse frequencies against those of transformers, from `fixtures/rotary`.
@Suite struct RotaryGoldenTests {
  struct Golden: Sendable, CustomTestStringConvertible {
    var name: String
    var config: JSONObject
    var promptLength: Int
    var layer: Int
    var attentionFactor: Double
    var inverseFrequencies: [Float]
    var testDescription: String { "\(name), \(promptLength) tokens, layer \(layer)" }
  }

  static let goldens: [Golden] = (try? read()) ?? []

  private static func read() throws -> [Golden] {
    let file = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../../fixtures/rotary/expected.json")
    guard case .array(let cases) = try JSONValue.parse([UInt8](Data(contentsOf: file))) else { return [] }
    return try cases.map { value in
      guard case .object(let object) = value else { throw CocoaError(.fileReadCorruptFile) }
      let golden = JSONReader(file: "expected.json", object: object)
      return Golden(
        name: try golden.string("name"), config: try golden.optionalObject("config")?.object ?? JSONObject(),
        promptLength: try golden.integer("promptLength"), layer: try golden.integer("layer"),
        attentionFactor: try golden.number("attentionFactor"),
        inverseFrequencies: try golden.optionalNumbers("inverseFrequencies")?.map(Float.init) ?? [])
    }
  }

  @Test func theGoldensAreThere() { #expect(Self.goldens.count > 20) }

  @Test(arguments: goldens) func frequenciesAreThoseOfTheLibrary(_ golden: Golden) throws {
    let model = try Family.describe(config: JSONReader(file: "config.json", object: golden.config))
    let rotary = try #require(model.layers[golden.layer].attention.rotary)
    let table = rotary.frequencies.table(promptLength: golden.promptLength)
    #expect(abs(table.attentionFactor - golden.attentionFactor) <= 1e-15 * golden.attentionFactor)
    try #require(table.inverseFrequencies.count == golden.inverseFrequencies.count)
    #expect(rotary.dimensions == 2 * golden.inverseFrequencies.count)
    var worst = 0
    for (found, expected) in zip(table.inverseFrequencies, golden.inverseFrequencies) {
      worst = max(worst, abs(Int(found.bitPattern) - Int(expected.bitPattern)))
    }
    #expect(worst <= 1, "units in the last place")
  }
}
