import AnalysisFixtures
import Expectations
import Results
import Testing

@Suite struct BaselineTests {
  let old = Baseline.Run(file: "old.json", analysis: SyntheticAnalysis.make())

  private func run(_ change: (inout SyntheticAnalysis) -> Void) -> Baseline.Run {
    Baseline.Run(file: "new.json", analysis: SyntheticAnalysis.make(change))
  }

  @Test func `A run is as itself`() throws {
    let comparisons = try Baseline.compare(old: old, new: old)
    #expect(comparisons.count == 7)
    #expect(comparisons.map(\.passed) == Array(repeating: true, count: 7))
    #expect(comparisons.map(\.places) == Array(repeating: 72, count: 7))
  }

  @Test func `On the same prompts rounding passes and anything more fails`() throws {
    var new = old
    new.analysis.blocks[9].raw.terms[1].share += 0.9e-4
    new.analysis.blocks[9].raw.delta.rms *= 1 - 0.9e-4
    #expect(try Baseline.compare(old: old, new: new).count { !$0.passed } == 0)
    new.analysis.blocks[9].raw.terms[1].share += 0.2e-4
    new.analysis.blocks[9].raw.delta.rms *= 1 - 0.2e-4
    new.analysis.blocks[9].raw.terms[2].zero = .structural
    let failed = try Baseline.compare(old: old, new: new).filter { !$0.passed }
    #expect(failed.map(\.failures) == [1, 1, 1])
    let place = Place(new.analysis.blocks[9])
    #expect(failed.map(\.worst?.place) == [place, place, place])
    let text = failed.map { $0.message + "\n" }.joined()
    #expect(try Golden("baseline-same-prompts.txt").difference(from: text) == nil)
  }

  @Test func `On other prompts chance passes and a shift fails`() throws {
    func other(_ shift: Double) -> Baseline.Run {
      var other = run { $0.shift = shift }
      other.analysis.promptsFingerprint = "other"
      return other
    }
    let chance = try Baseline.compare(old: old, new: other(0.02))
    #expect(chance.map(\.passed) == [true, true, true], "\(chance.map(\.message))")
    let shifted = try Baseline.compare(old: old, new: other(0.15))
    #expect(shifted.map(\.passed) == [false, false, true])
    let text = shifted.map { $0.message + "\n" }.joined()
    #expect(try Golden("baseline-other-prompts.txt").difference(from: text) == nil)
  }

  @Test func `The allowed difference is the corrected quantile times the joint standard error`() throws {
    // One row and three terms over twelve prompts: 0.05 / 3 two-sided is t = 2.8200 (scipy: t.isf(0.05 / 6, 11)).
    func single(_ share: Double, prompts: String) -> Baseline.Run {
      var run = old
      run.analysis.promptsFingerprint = prompts
      run.analysis.summary = [run.analysis.summary[1]]
      for term in 0..<3 {
        run.analysis.summary[0].raw.terms[term].share = share
        run.analysis.summary[0].raw.terms[term].shareInterval = share - 0.0294...share + 0.0294
      }
      return run
    }
    // Half-widths of 0.0294, at t = 2.2010 (scipy: t.isf(0.025, 11)).
    let allowed = 2.8200337 * 2.squareRoot() * 0.0294 / 2.2009852
    let below = try Baseline.compare(
      old: single(0.4, prompts: "x"), new: single(0.4 + allowed - 1e-5, prompts: "y"))
    let above = try Baseline.compare(
      old: single(0.4, prompts: "x"), new: single(0.4 + allowed + 1e-5, prompts: "y"))
    #expect(below.map(\.passed) == [true, true, true])
    #expect(above.map(\.passed) == [false, false, false])
  }

  @Test func `Pairs of regions that few prompts have are not compared`() throws {
    var new = run { $0.shift = 0.15 }
    new.analysis.promptsFingerprint = "other"
    for row in new.analysis.summary.indices where new.analysis.summary[row].key == "after" {
      for term in 0..<3 { new.analysis.summary[row].raw.terms[term].shareInterval = nil }
    }
    let some = try Baseline.compare(old: old, new: new)
    #expect(
      some.map(\.places) == [14, 14, 14] && some.map(\.passed) == [false, false, true], "\(some.map(\.message))")
    #expect(some[2].requirement.hasSuffix("; not compared: after→after, which fewer than 5 prompts of a run have"))
    for row in new.analysis.summary.indices {
      for term in 0..<3 { new.analysis.summary[row].raw.terms[term].shareInterval = nil }
    }
    let none = try Baseline.compare(old: old, new: new)
    #expect(none.allSatisfy { !$0.passed && $0.problem == "fewer than 5 prompts of a run have any pair of regions" })
  }

  @Test func `Where both runs have nats, nats are compared`() throws {
    let old = Baseline.Run(file: "old.json", analysis: Examples.whole)
    func changed(_ change: (inout AttentionDivergence) -> Void) -> Baseline.Run {
      var new = Baseline.Run(file: "new.json", analysis: Examples.whole)
      new.analysis.attention = new.analysis.attention?.map { row in
        var row = row
        change(&row)
        return row
      }
      return new
    }
    func failed(_ new: Baseline.Run) throws -> [String] {
      try Baseline.compare(old: old, new: new).filter { !$0.passed }.map(\.subject)
    }
    #expect(try Baseline.compare(old: old, new: old).count == 11)
    #expect(try failed(changed { $0.divergence *= 1 + 0.9e-4 }) == [])
    #expect(
      try failed(
        changed {
          $0.divergence *= 1.001
          $0.terms = $0.terms.map { $0 * 1.001 }
        }) == ["attention divergence, same prompts"])
    let moved = { (row: inout AttentionDivergence, part: Double) in
      row.terms = [row.terms[0] - part * row.divergence, row.terms[1] + part * row.divergence, row.terms[2]]
    }
    #expect(
      try failed(changed { moved(&$0, 2e-4) })
        == ["share of dKᵀQ in nats, same prompts", "share of KᵀdQ in nats, same prompts"])
    for (part, isSame) in [(0.0, true), (0.002, true), (0.3, false)] {
      var new = changed { moved(&$0, part) }
      new.analysis.promptsFingerprint = "other"
      let comparisons = try Baseline.compare(old: old, new: new)
      #expect(comparisons.map(\.passed) == [isSame, isSame, true], "\(part) \(comparisons.map(\.message))")
      #expect(comparisons[0].subject == "share of dKᵀQ in nats in the summary rows, different prompts")
    }
    // A file without nats goes by energy.
    var other = old
    (other.analysis.attention, other.analysis.promptsFingerprint) = (nil, "other")
    #expect(
      try Baseline.compare(old: old, new: other)[0].subject == "share of dKᵀQ in the summary rows, different prompts")
  }

  @Test func `NaN is never as in the baseline`() throws {
    for prompts in [old.analysis.promptsFingerprint, "other"] {
      var new = old
      new.analysis.promptsFingerprint = prompts
      new.analysis.blocks[3].raw.terms[0].share = .nan
      new.analysis.summary[3].raw.terms[0].share = .nan
      let comparisons = try Baseline.compare(old: old, new: new)
      #expect(comparisons.count { !$0.passed } == 1)
    }
  }

  @Test func `Runs that are not of one pair are refused`() throws {
    var otherMask = run { $0.seed = 2 }
    otherMask.analysis.mask = "after"
    var otherRegions = run { $0.seed = 2 }
    otherRegions.analysis.regions = ["all"]
    var fewerRows = run { _ in }
    fewerRows.analysis.blocks.removeLast()
    let runs = [
      run { $0.isMasked = true },
      run {
        $0.seed = 2; $0.prompts = 4
      }, otherMask, otherRegions, fewerRows,
    ]
    var text = ""
    for new in runs {
      let error = #expect(throws: ExpectationsError.self) { try Baseline.compare(old: old, new: new) }
      text += (error?.description ?? "accepted") + "\n"
    }
    #expect(try Golden("baseline-refused.txt").difference(from: text) == nil)
  }
}
