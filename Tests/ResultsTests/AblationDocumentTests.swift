import AnalysisFixtures
import Foundation
import Results
import StrictJSON
import Testing

/// interventions.json: what is written is read again, number for number.
@Suite struct AblationDocumentTests {
  private func text(_ ablation: Ablation) throws -> String {
    String(decoding: try AblationJSON.bytes(ablation), as: UTF8.self)
  }

  @Test(arguments: [true, false]) func `An ablation survives its file`(_ helps: Bool) throws {
    var ablation = SyntheticAblation.make { $0.helps = helps }
    ablation.lossRegion = helps ? "after" : nil
    ablation.knockouts[0].benefitLost = helps ? 1.0 / 3 : nil
    if !helps { ablation.verification = nil }
    let bytes = try AblationJSON.bytes(ablation)
    #expect(try Ablation(json: bytes, file: "interventions.json") == ablation)
    #expect(try Report(json: bytes, file: "x") == .ablation(ablation))
    #expect(try AblationJSON.bytes(Ablation(json: bytes, file: "x")) == bytes)
  }

  @Test func `What parts are worth survives its file, and is refused where it does not fit`() throws {
    var ablation = SyntheticAblation.make()
    let cost = PartWorth.Cost(
      loss: 1.0 / 3, lossInterval: -0.1...0.7, benefitLost: 0.25, benefitLostInterval: nil,
      prompts: ablation.prompts.indices.map { $0 == 1 ? nil : .init(loss: 0.5, benefitLost: $0 == 0 ? nil : 0.125) })
    let parts = ["scores", "changed values"].map { PartWorth.Part(name: $0, dropped: ["dKtQ"], worth: cost) }
    ablation.worths = [
      PartWorth(
        kind: .paths, key: "before", layers: [1], parts: parts, whole: cost, sets: Array(ablation.overview.prefix(3)))
    ]
    let bytes = try AblationJSON.bytes(ablation)
    #expect(try Ablation(json: bytes, file: "interventions.json") == ablation)
    #expect(ablation.runs.count == ablation.overview.count + ablation.knockouts.count + 3)
    ablation.worths[0].sets.removeLast()
    for (text, message) in [
      (try self.text(ablation), "worth[0].sets: 2 of them for 2 parts"),
      (
        String(decoding: bytes, as: UTF8.self).replacing("\"kind\" : \"paths\"", with: "\"kind\" : \"heads\""),
        "worth[0].kind: heads is not known"
      ),
      (
        String(decoding: bytes, as: UTF8.self).replacing("\"loss\" : 0.5", with: "\"loss\" : \"0.5\""),
        "worth[0].parts[0].worth.prompts[0].loss"
      ),
    ] {
      let error = #expect(throws: JSONMemberError.self) { try Ablation(json: Array(text.utf8), file: "x") }
      #expect("\(try #require(error))".contains(message), "\(message)")
    }
  }

  @Test func `A member of a sweep knows what was swept, whatever its names are`() {
    func member(_ sweep: String, _ name: String, _ change: (inout Knockout) -> Void) -> String? {
      var knockout = Knockout(
        name: "a: b→a: L0: \(name)", dropped: ["dKtQ"], sweep: sweep, prompts: [], benefitLost: nil,
        benefitLostInterval: nil)
      change(&knockout)
      return knockout.family.map { "\($0.whole) | \($0.member)" }
    }
    #expect(
      member("blocks", "a: x→\u{301}b: y") { ($0.query, $0.key) = ("a: x", "\u{301}b: y") }
        == "a: b→a: L0 | a: x→\u{301}b: y")
    #expect(member("layers", "L12") { $0.layers = [12] } == "a: b→a: L0 | L12")
    #expect(member("heads", "L1H2") { $0.heads = [.init(layer: 1, head: 2)] } == "a: b→a: L0 | L1H2")
    #expect(member("terms", "dKtQ") { _ in } == "a: b→a: L0 | dKtQ")
    #expect(member("terms", "KtdQ") { _ in } == nil)
    #expect(member("layers", "L12") { $0.sweep = nil } == nil)
  }

  @Test func `A report is told by its content`() throws {
    let analysis = Examples.parts.analysis
    #expect(try Report(json: AnalysisJSON.bytes(analysis), file: "x") == .analysis(analysis))
    for (text, message) in [
      ("{}", "x: schema: missing"), ("{\"schema\": 1, \"knockouts\": []}", "x: regions: missing"),
      ("{\"schema\": 1, \"forms\": []}", "x: a weights.json of leibniz weights"), ("[]", "an object is expected"),
    ] {
      let error = #expect(throws: JSONMemberError.self) { try Report(json: Array(text.utf8), file: "x") }
      #expect("\(try #require(error))".contains(message), "\(text)")
    }
  }

  @Test(arguments: [
    ("\"schema\" : 1", "\"schema\" : 2", "schema 2 is not known"),
    ("\"overview\" : [", "\"overlook\" : [", "overview: missing"),
    ("\"lossRegion\" : null", "\"lossRegion\" : 1", "lossRegion"),
    ("\"benefitLost\" : 0.0625", "\"benefitLost\" : \"0.0625\"", "knockouts[0].benefitLost"),
    ("\"mask\" : {\n\n      },", "\"mask\" : [],", "mask"), ("\"k\" : \"none\"", "\"k\" : 1", "knockouts[1].mask.k"),
    ("\"tokens\" : 10", "\"tokens\" : 0", "tokens"), ("\"kl\" :", "\"kk\" :", "kl: missing"),
    ("        null\n      ]", "        7\n      ]", "prompts[3]"),
    ("        null\n      ]", "        null, null\n      ]", "5 entries"),
    ("\"drop\" : [", "\"dropped\" : [", "drop: missing"),
    ("        [\n          0,\n          1\n        ]", "[0]", "heads[0]"),
    ("        [\n          0,\n          1\n        ]", "[0, -1]", "heads[0]"),
    ("\"benefitLostInterval\" : [", "\"benefitLostInterval\" : [1,", "benefitLostInterval"),
    ("\"query\" : \"after\"", "\"query\" : null", "query: missing"),
    ("\"regions\" :", "\"region\" :", "regions"), ("\"passed\" : true", "\"passed\" : null", "passed"),
  ]) func `A damaged file is told by its member`(old: String, new: String, message: String) throws {
    let text = try text(SyntheticAblation.make())
    try #require(text.contains(old), "\(text.prefix(3000))")
    let first = try #require(text.range(of: old))
    let error = #expect(throws: JSONMemberError.self) {
      try Ablation(json: Array(text.replacingCharacters(in: first, with: new).utf8), file: "interventions.json")
    }
    #expect("\(try #require(error))".hasPrefix("interventions.json"), "\(error!)")
    #expect("\(try #require(error))".contains(message), "\(error!)")
  }

  @Test func `Cutting the file anywhere never stops the program`() throws {
    let bytes = try AblationJSON.bytes(SyntheticAblation.make())
    for length in stride(from: 0, to: bytes.count - 2, by: 97) {
      #expect(throws: JSONMemberError.self) { try Ablation(json: Array(bytes[..<length]), file: "x") }
    }
  }
}
