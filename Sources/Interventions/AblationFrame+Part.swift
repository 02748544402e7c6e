import LongRuns
import Results
import StrictJSON

extension AblationFrame: PartFrame {
  package static let kind = "ablation"

  /// How to make a report of sums, and what each adapter's holds besides; of prompts only some.
  package func sections(prompts: Set<Int>, verifications: [Verification]) throws -> [[UInt8]] {
    let own = prompts.sorted().map { index in
      PartPrompt(summaries: blanks.map { $0.prompts[index] }).object(index: index)
    }
    let results = try blanks.enumerated().map { index, blank in
      var blank = blank
      blank.prompts = []
      if !verifications.isEmpty { blank.verification = verifications[index] }
      return try AblationJSON.bytes(blank)
    }
    return [jsonLine(["kind": Self.kind, "count": blanks.first?.prompts.count ?? 0, "prompts": own])] + results
  }

  package init(_ parts: PartContents) throws(JSONMemberError) {
    blanks = []
    for bytes in parts.results { blanks.append(try Ablation(json: bytes, file: parts.first.file)) }
    let prompts = try parts.prompts(adapters: blanks.count)
    for run in blanks.indices { blanks[run].prompts = prompts.map { $0.summaries[run] } }
  }

  package func empty(within bytes: Int) -> [AblationSums]? { blanks.map { _ in AblationSums() } }

  package func isSound(_ sums: [AblationSums], prompts: Int) -> Bool {
    zip(blanks, sums).allSatisfy { blank, sums in
      sums.isWithin(interventions: blank.runs.count, prompts: blank.prompts.count)
    }
  }
}
