// TEMPORARY
import Foundation
import StrictJSON
public struct Region: Sendable { public var name: String; public var start: Int; public var end: Int }
public struct Prompt: Sendable { public var id: String; public var tokens: [Int]; public var separator: Int?; public var regions: [Region]; public var mask: [Float]? }
public struct PromptFile: Sendable {
  public var prompts: [Prompt]; public var regionNames: [String]; public var fingerprint: String
  public static func temporary(_ url: URL) throws -> PromptFile {
    var ps: [Prompt] = []
    for line in try String(contentsOf: url, encoding: .utf8).split(separator: "\n") {
      let r = try JSONReader(file: "p", bytes: Array(line.utf8))
      let t = try r.optionalIntegers("input_ids")!, s = try r.optionalInteger("separator")!
      ps.append(Prompt(id: try r.optionalString("id") ?? "", tokens: t, separator: s, regions: [Region(name: "before", start: 0, end: s), Region(name: "after", start: s, end: t.count)], mask: nil))
    }
    return PromptFile(prompts: ps, regionNames: ["before", "after"], fingerprint: "0")
  }
}
