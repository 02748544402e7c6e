import AnalysisFixtures
import Foundation
import Results
import StrictJSON
import Testing

/// analysis.json: what is written is read again, number for number.
@Suite struct DocumentTests {
  @Test(arguments: Examples.all) func `An analysis survives its file`(_ example: Examples) throws {
    let bytes = try AnalysisJSON.bytes(example.analysis)
    #expect(try Analysis(json: bytes, file: "analysis.json") == example.analysis)
    #expect(try AnalysisJSON.bytes(example.analysis) == bytes)
  }

  @Test func `The schema describes every field`() throws {
    let file = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../../docs/schemas/analysis.schema.json").standardized
    let schema = try JSONReader(file: "schema", bytes: Array(Data(contentsOf: file)))
    var described = 0
    func visit(_ node: JSONReader, _ path: String) throws {
      for (name, _) in try node.optionalObject("properties")?.object.members ?? [] {
        let field = try node.object("properties").object(name)
        let description = try field.optionalString("description") ?? ""
        #expect(description.count > 3, "\(path).\(name) has no description")
        described += 1
        try visit(field, "\(path).\(name)")
      }
      if let items = try node.optionalObject("items") { try visit(items, "\(path)[]") }
    }
    try visit(schema, "")
    let definitions = try schema.object("$defs")
    for (name, _) in definitions.object.members { try visit(try definitions.object(name), name) }
    #expect(described > 120)
  }

  @Test func `Every field that is written is described`() throws {
    let file = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../../docs/schemas/analysis.schema.json").standardized
    let text = try String(contentsOf: file, encoding: .utf8)
    for example in Examples.all {
      let written = try JSONReader(file: "analysis.json", bytes: AnalysisJSON.bytes(example.analysis))
      for (name, _) in written.object.members { #expect(text.contains("\"\(name)\": {"), "\(name)") }
    }
  }

  @Test func `Numbers survive to the last bit`() throws {
    var analysis = SyntheticAnalysis.make()
    let numbers = [
      0.1, 1 / 3, .pi, .leastNonzeroMagnitude, -1e-17, 123_456_789.123_456_78,
    ]
    analysis.stream = numbers.enumerated().map { StreamDivergence(layer: $0, region: "before", relative: $1) }
    let read = try Analysis(json: AnalysisJSON.bytes(analysis), file: "analysis.json")
    #expect(read.stream.map(\.relative.bitPattern) == numbers.map(\.bitPattern))
  }

  @Test func `The keys are those of schema 1`() throws {
    let analysis = Examples.verified.analysis
    let json = try #require(
      JSONSerialization.jsonObject(with: Data(AnalysisJSON.bytes(analysis))) as? [String: Any])
    #expect(json["schema"] as? Int == 1)
    #expect(json["tool"] as? [String: String] == ["name": "leibniz", "version": "0.0.0"])
    for key in [
      "mask", "threads", "base", "adapted", "regions", "promptsFingerprint", "prompts", "stream", "loss",
    ] {
      #expect(json[key] != nil, "\(key)")
    }
    let block = try #require((json["blocks"] as? [[String: Any]])?.first)
    #expect(block.keys.sorted() == ["centered", "delta", "head", "key", "layer", "pairs", "query", "terms"])
    let terms = try #require(block["terms"] as? [String: [String: Any]])
    #expect(terms.keys.sorted() == ["KtdQ", "dKtQ", "dKtdQ"])
    for term in terms.values {
      #expect(term.keys.sorted() == ["dominance", "maxAbs", "mean", "meanAbs", "rms", "share", "zero"])
    }
    let summary = try #require((json["summary"] as? [[String: Any]])?.first)
    #expect(summary["layer"] is NSNull)
    #expect(summary["head"] is NSNull)
    #expect((summary["shareInterval"] as? [String: [Double]])?.keys.count == 3)
  }

  @Test func `Parts are named, and there where they are named`() throws {
    let bytes = try AnalysisJSON.bytes(Examples.parts.analysis)
    let json = try #require(JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any])
    #expect(json["parts"] as? [String] == ["attention", "mass", "values"])
    let mass = try #require((json["mass"] as? [[String: Any]])?.last)
    #expect(
      mass.keys.sorted() == [
        "adapted", "base", "byKey", "byQuery", "head", "key", "layer", "moved", "queries", "query",
      ])
    #expect(mass["head"] is NSNull)
    let values = try #require((json["values"] as? [[String: Any]])?.first)
    #expect(values.keys.sorted() == ["delta", "head", "key", "layer", "queries", "query", "terms"])
    let text = String(decoding: bytes, as: UTF8.self)
    for (old, new) in [
      ("\"parts\" : [\n    \"attention\",", "\"parts\" : [\n    \"products\",\n    \"attention\","),
      ("    \"mass\",\n", ""),
      ("\"moved\" : ", "\"moved\" : \"x\", \"x\" : "), ("\"PdV\" : {", "\"QdV\" : {"),
    ] {
      try #require(text.contains(old), "\(old)")
      #expect(throws: JSONMemberError.self, "\(old)") {
        try Analysis(json: Array(text.replacing(old, with: new).utf8), file: "analysis.json")
      }
    }
    let plain = try JSONSerialization.jsonObject(with: Data(AnalysisJSON.bytes(Examples.plain.analysis)))
    #expect((plain as? [String: Any])?["parts"] as? [String] == [])
    #expect((plain as? [String: Any])?["mass"] == nil)
  }

  @Test(arguments: [
    ("\"strongest\" : [", "\"weakest\" : [", "strongest"), ("\"prompt\" : 1,", "\"prompt\" : 12,", "prompt"),
    ("\"queryPosition\" : 14", "\"queryPosition\" : 20", "queryPosition"),
    ("\"keyPosition\" : 3,", "\"keyPosition\" : 15,", "keyPosition"),
    ("\"adapted\" : 0.5", "\"adapted\" : \"0.5\"", "adapted"), ("\"start\" : 1", "\"start\" : 4", "ids"),
    ("\"start\" : 1", "\"start\" : 9223372036854775807", "start"),
    ("\"excerpts\" : [", "\"excerpt\" : [", "excerpts"), ("\"parts\" : [\n    \"pairs\"", "\"parts\" : [\n", "parts"),
    ("\"start\" : 1", "\"start\" : 1, \"texts\" : [\"a\"]", "texts"),
    ("\"start\" : 1", "\"start\" : 1, \"texts\" : [2]", "texts"),
  ]) func `Damaged pairs are told by their member`(old: String, new: String, name: String) throws {
    let text = String(decoding: try AnalysisJSON.bytes(Examples.pairs.analysis), as: UTF8.self)
    try #require(text.contains(old))
    let error = #expect(throws: JSONMemberError.self) {
      try Analysis(json: Array(text.replacing(old, with: new).utf8), file: "analysis.json")
    }
    #expect("\(try #require(error))".contains(name))
  }

  @Test func `Without losses there is no loss, and null where no token follows`() throws {
    func loss(_ analysis: Analysis) throws -> Any? {
      let object = try JSONSerialization.jsonObject(with: Data(AnalysisJSON.bytes(analysis)))
      return try #require(object as? [String: Any])["loss"]
    }
    #expect(try loss(Examples.plain.analysis) == nil)
    let losses = try #require(try loss(Examples.verified.analysis) as? [String: [Any]])
    #expect(losses["base"]?[1] is NSNull)
    #expect(losses["base"]?[0] as? Double == 1.5)
  }

  @Test(arguments: [
    ("\"inherited\" : {", "\"inherit\" : {", "inherited"),
    ("\"site\" : \"gateUp\"", "\"site\" : \"gatesUp\"", "gatesUp"),
    ("\"dGdU\" : {", "\"dWdx\" : {", "dGdU"), ("\"median\" : 0,", "\"median\" : \"0\",", "median"),
    ("\"predictions\" : 120", "\"predictions\" : -120", "predictions"), ("\"kl\" : 0.125", "\"kl\" : null", "kl"),
    ("\"sources\" : [", "\"source\" : [", "sources"),
  ]) func `Damaged parts are told by their member`(old: String, new: String, name: String) throws {
    let text = String(decoding: try AnalysisJSON.bytes(Examples.verified.analysis), as: UTF8.self)
    try #require(text.contains(old))
    let error = #expect(throws: JSONMemberError.self) {
      try Analysis(json: Array(text.replacing(old, with: new).utf8), file: "analysis.json")
    }
    #expect("\(try #require(error))".contains(name))
  }

  @Test(arguments: [Double.nan, .infinity, -.infinity])
  func `What is not a number is refused`(_ value: Double) {
    var analysis = SyntheticAnalysis.make()
    analysis.blocks[5].raw.delta.mean = value
    #expect(throws: ResultsError.self) { try AnalysisJSON.bytes(analysis) }
  }

  @Test(arguments: [
    ("\"schema\" : 1", "\"schema\" : 2", "schema"), ("\"mask\" :", "\"mosk\" :", "mask"),
    ("\"dKtdQ\" : {", "\"dKtdR\" : {", "dKtdQ"), ("\"pairs\" : 200", "\"pairs\" : \"200\"", "pairs"),
    ("\"zero\" : null", "\"zero\" : \"perhaps\"", "perhaps"),
    ("\"regions\" :", "\"region\" :", "regions"), ("\"targets\" :", "\"target\" :", "targets"),
    ("\"before\",", "\"after\",", "twice"), ("\"layer\" : 3", "\"layer\" : -3", "layer"),
    ("\"layer\" : 3", "\"layer\" : 9223372036854775807", "layer"),
    ("\"tokens\" : 20", "\"tokens\" : 9223372036854775807", "tokens"),
  ]) func `A damaged file is told by its member`(old: String, new: String, name: String) throws {
    let text = String(decoding: try AnalysisJSON.bytes(Examples.plain.analysis), as: UTF8.self)
    try #require(text.contains(old))
    let error = #expect(throws: JSONMemberError.self) {
      try Analysis(json: Array(text.replacing(old, with: new).utf8), file: "analysis.json")
    }
    let message = "\(try #require(error))"
    #expect(message.contains("analysis.json") && message.contains(name), "\(message)")
  }
}
