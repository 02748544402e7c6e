import LongRuns
import Measures
import Results
import StrictJSON
import Subjects

extension AnalysisFrame: PartFrame {
  package static let kind = "analysis"

  /// How to make a report of sums, and what each adapter's holds besides; of prompts only some.
  package func sections(prompts: Set<Int>, verifications: [Verification]) throws -> [[UInt8]] {
    let own = prompts.sorted().map { index in
      PartPrompt(
        summaries: adapters.map { $0.blank.prompts[index] }, regionTokens: adapters.map { $0.regionTokens[index] },
        tokens: shape.pairs > 0 ? tokens(index) : nil
      ).object(index: index)
    }
    let blanks = try adapters.enumerated().map { index, adapter in
      var blank = adapter.blank
      blank.prompts = []
      if !verifications.isEmpty { blank.verification = verifications[index] }
      return try AnalysisJSON.bytes(blank)
    }
    let count = adapters.first?.blank.prompts.count ?? 0
    return [jsonLine(shape.object.merging(["kind": Self.kind, "count": count, "prompts": own]) { $1 })] + blanks
  }

  package init(_ parts: PartContents) throws(JSONMemberError) {
    let shape = try AnalysisShape(parts.first)
    var blanks: [Analysis] = []
    for bytes in parts.results { blanks.append(try Analysis(json: bytes, file: parts.first.file)) }
    let prompts = try parts.prompts(
      adapters: blanks.count, regions: blanks.map(\.regions.count), hasTokens: shape.pairs > 0)
    self.shape = shape
    adapters = blanks.enumerated().map { run, blank in
      var blank = blank
      blank.prompts = prompts.map { $0.summaries[run] }
      return Adapter(blank: blank, regionTokens: prompts.map { $0.regionTokens[run] })
    }
    tokens = { prompts[$0].tokens ?? PromptTokens(ids: []) }
  }

  package func empty(within bytes: Int) -> AnalysisSums? {
    let regions = adapters.map { Double($0.blank.regions.count) }.reduce(0) { $0 + $1 * $1 }
    let heads = Double(shape.layers.count) * Double(shape.mostHeads)
    guard heads * regions * Double(1 + shape.nulls) <= Double(bytes) else { return nil }
    return AnalysisSums(shape, regions: adapters.map(\.blank.regions))
  }

  package func isSound(_ sums: AnalysisSums, prompts: Int) -> Bool {
    let lengths = adapters.first?.blank.prompts.map(\.tokens) ?? []
    let hasTokens = (sums.pairs ?? []).allSatisfy { $0.isWithin(prompts: lengths) }
    return hasTokens && prompts == lengths.count && hasNullRows(sums)
  }
}
