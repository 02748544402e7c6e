import Foundation
import StrictJSON
import Testing

/// Texts of files are told apart, searched and cut by their bytes.
struct BytesTests {
  private let whole = "caf\u{E9}"
  private let parted = "cafe\u{301}"

  @Test func `Names are told apart by their bytes`() throws {
    #expect(whole == parted)
    #expect(Name(whole) != Name(parted))
    #expect(Set([Name(whole), Name(parted), Name(whole)]).count == 2)
    #expect(Name("b\u{301}") > Name("b"))
    #expect([Name("é"), "a", "Z"].sorted() == ["Z", "a", Name("é")])
    let object = try JSONReader(file: "x", bytes: Array(#"{"\#(whole)": 1, "\#(parted)": 2}"#.utf8)).object
    #expect(object[whole] == .integer(1) && object[parted] == .integer(2))
    #expect(JSONValue.string(whole) != .string(parted))
    #expect(JSONValue.array([.string(whole), .number(0.5), .null]) == .array([.string(whole), .number(0.5), .null]))
    #expect(JSONValue.integer(1) != .number(1) && JSONValue.boolean(true) != .integer(1))
  }

  @Test func `An accent hides neither a slash nor a dot`() {
    let path = "../\u{301}x.\u{301}weight"
    #expect(path.contains("/") == false && path.hasPrefix("../") == false)
    #expect(path.begins(with: "../"))
    #expect(path.components == ["", "", "/\u{301}x", "\u{301}weight"])
    #expect(path.rest(after: "../") == "\u{301}x.\u{301}weight")
    #expect("a.b\u{301}".rest(before: "b\u{301}") == "a.")
    #expect("a.b\u{301}".rest(before: "b") == nil)
    #expect("ab".ends(with: "") && !"b".ends(with: "ab") && "ab".ends(with: "ab"))
    #expect("x<s>\u{301}y<s>".removing("<s>") == "x\u{301}y")
    #expect("aaa".removing("") == "aaa")
    #expect(["\u{212A}"].holds("K") == false && ["\u{212A}"].contains("K"))
  }
}

/// Looks for forms that go by Characters in the sources of all modules that see texts of files; those of LeibnizCLI are the
/// command line's.
struct CharacterScanTests {
  private static let forms =
    #"\.has(Prefix|Suffix)\b|(contains|firstIndex|lastIndex|split|replacing)\((of: |separator: )?""#
    + #"|\.range\(of:|components\(separatedBy|replacingOccurrences|trimmingPrefix|lowercased\(\)|uppercased\(\)"#
    + #"|\[String: (?!Any)|Set<String>|\bCharacter\b"#

  /// Places whose texts are our own, or were typed on the command line and are only compared with our own words, by file and
  /// a part of the line.
  private static let own: [(file: String, line: String)] = [
    ("StrictJSON/JSONParser+Scalars.swift", "Character("),
    ("Checkpoints/Adaptation.swift", "Change]"), ("Checkpoints/Adaptation.swift", "sinks"),
    ("Checkpoints/Adaptation.swift", "streamScales"), ("Checkpoints/Adaptation.swift", "numbers"),
    ("Checkpoints/StreamScale.swift", "[String: Float]"), ("Architectures/Family.swift", "ownMembers"),
    ("Architectures/Reading/Unsupported.swift", "but own"), ("Architectures/Families/Gemma4.swift", "default absent"),
    ("Checkpoints/HubCache.swift", "environment"),
    ("Checkpoints/Checkpoint.swift", "firstIndex(of: \"0\")"),
    ("Checkpoints/ModuleSelection.swift", "isSpelled(\"all-linear\")"), ("Checkpoints/TensorNames.swift", "renamed"),
    ("Checkpoints/AdapterConfiguration.swift", "private static let"),
    ("Checkpoints/AdapterTensors.swift", "private(set) var"), ("Checkpoints/AdapterTensors.swift", "spelledPaths"),
    ("Architectures/ModelDescription", "String"),
    ("RegularExpressions/Parser.swift", "pattern[position...].firstIndex(of: \">\")"),
    ("Prompts/PromptFile.swift", "names.firstIndex(of: \"before\")"), ("Prompts/Prompt+Checks.swift", "known"),
    ("Results/", "[String: "), ("Expectations/YAMLDocument.swift", "before.split"),
    ("Expectations/YAMLMapping+Indices.swift", "text.split(separator: \"-\""),
    ("Expectations/ExpectationWriter.swift", ""), ("Expectations/Suggestion.swift", ""),
    ("Measures/DisagreementLedger.swift", "worst"), ("Measures/AnalysisRequest.swift", "[String: Any]"),
    ("Measures/AnalysisShape+JSON.swift", "[String: Any]"), ("Analyses/AnalysisOptions+Command.swift", "maskPlan"),
    ("LongRuns/", ""), ("Subjects/Interventions/", ""), ("Subjects/Masks/", ""), ("Interventions/", ""),
    ("Analyses/AnalysisFrame", "[String: Any]"),
    ("Architectures/Families/", "let rope: [String: JSONValue]"), ("Architectures/Rotary/", "[String: JSONValue]"),
    ("Architectures/Families/Qwen2.swift", "family.contains"), ("Checkpoints/Adaptation.swift", "ActivationNumbers]"),
    ("Checkpoints/AdapterReader+StoredForm.swift", "isPacked"), ("Checkpoints/AdapterTensors.swift", "ownPaths"),
    ("Checkpoints/AdapterTensors.swift", "writtenPaths"), ("Checkpoints/MLXAdapter.swift", "Tensor]"),
    ("Checkpoints/Storage/BitsAndBytesStore.swift", "kind.uppercased"),
    ("Checkpoints/Storage/Checkpoint+Storage.swift", "forms"), ("Checkpoints/Storage/Checkpoint+Storage.swift", "seen"),
    ("Jinja/", "mentioned"), ("Jinja/Rendering/Renderer+Dates.swift", "padding: Character"),
    ("Jinja/Rendering/Renderer+Formatting.swift", "scalars[index...]"),
    ("Jinja/Rendering/Renderer+Formatting.swift", "written.contains"),
    ("Jinja/Rendering/Renderer+Layout.swift", "kept.lastIndex"),
    ("Jinja/Rendering/Renderer+Printing.swift", "text.contains"),
    ("Jinja/Rendering/Renderer+Sorting.swift", "path.scalars"),
    ("Jinja/Rendering/Renderer+Texts.swift", "name.hasSuffix"),
    ("Jinja/Values/Text.swift", "String.UnicodeScalarView([scalar])"),
    ("Checkpoints/AdapterReader+Experts.swift", "ExpertFactors]"),
    ("Checkpoints/AdapterReader+Experts.swift", "version.split"),
    ("Checkpoints/ModelDescription+Experts.swift", "[String: [String]]"),
    ("Checkpoints/Checkpoint.swift", "seen: Set"), ("Checkpoints/AdapterTensors.swift", "examples("),
    ("Leibniz/ReportFolder.swift", "file.path.split"), ("Leibniz/ReportPage.swift", "expected.split"),
    ("Results/JSONReader+Sound.swift", "besides others"), ("Results/Measures/Field.swift", "path.split"),
    ("Tokenization/SpecialTokens.swift", "byRole"), ("Tokenization/SpecialTokens.swift", "stated"),
  ]

  private static let modules = [
    "StrictJSON", "Files", "Safetensors", "Checkpoints", "Architectures", "Tokenization", "RegularExpressions",
    "Prompts", "Results", "Expectations", "Leibniz", "Measures",
    "LongRuns", "Subjects", "Analyses", "Interventions", "Fingerprints", "Jinja",
  ]

  /// The lines of a source that go by Characters, with their numbers.
  private static func found(in source: String) throws -> [(number: Int, line: Substring)] {
    let expression = try Regex(forms)
    return source.split(separator: "\n", omittingEmptySubsequences: false).enumerated().filter { _, line in
      !line.drop { $0 == " " }.hasPrefix("//") && line.contains(expression)
    }.map { ($0 + 1, $1) }
  }

  @Test func `No source goes by Characters where texts of files are`() throws {
    let sources = URL(filePath: #filePath).appending(path: "../../../Sources").standardized
    var read = 0
    for module in Self.modules {
      let folder = sources.appending(path: module)
      for path in FileManager.default.enumerator(atPath: folder.path)?.compactMap({ $0 as? String }) ?? []
      where path.hasSuffix(".swift") {
        read += 1
        let file = "\(module)/\(path)"
        for (number, line) in try Self.found(in: String(contentsOf: folder.appending(path: path), encoding: .utf8)) {
          let isOwn = Self.own.contains { file.hasPrefix($0.file) && ($0.line.isEmpty || line.contains($0.line)) }
          #expect(isOwn, "\(file):\(number) goes by Characters:\(line)")
        }
      }
    }
    #expect(read > 200)
  }

  @Test(arguments: [
    "if name.hasPrefix(prefix) {", "names.first(where: name.hasSuffix)", "!shard.contains(\"/\")",
    "module.split(separator: \".\")", "var tensors: [String: Tensor] = [:]", "let used: Set<String>",
    "text.replacingOccurrences(of: a, with: b)", "name.range(of: \".0.\")", "for character: Character in text {",
  ])
  func `The scan finds the forms it looks for`(line: String) throws {
    #expect(try Self.found(in: "a\n  \(line)").map(\.number) == [2])
    #expect(try Self.found(in: "  // \(line)").isEmpty)
  }
}
