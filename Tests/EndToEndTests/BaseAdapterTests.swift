import Foundation
import Leibniz
import LeibnizTesting
import PairFixtures
import Testing

/// `--base-adapter`: an adapter that belongs to the base.
@Suite struct BaseAdapterTests {
  /// From the merged model back to the plain one, dK and dQ have the other sign and dKᵀdQ the same.
  @Test func `What a merged adapter adds, the plain checkpoint takes away`() throws {
    try withTinyPair { pair in
      let forth = try pair.analysis()
      let back = try pair.analysis(of: pair.base) { $0.baseAdapters = [pair.adapter] }
      #expect(back.base.name == "base+adapter" && back.adapted.kind == "checkpoint")
      #expect(forth.blocks.count == back.blocks.count)
      for (block, other) in zip(forth.blocks, back.blocks) {
        let (forth, back) = (block.raw, other.raw)
        #expect(abs(forth.delta.mean + back.delta.mean) <= 1e-5 * forth.delta.rms)
        #expect(abs(forth.delta.rms - back.delta.rms) <= 1e-5 * forth.delta.rms)
        let (both, again) = (forth[.dKtdQ].magnitude, back[.dKtdQ].magnitude)
        #expect(abs(both.mean - again.mean) <= 1e-5 * both.rms)
      }
      let losses = zip(forth.loss?.adapted ?? [], back.loss?.base ?? []).map { ($0, $1) }
      #expect(losses.count == 6)
      for (merged, adapted) in losses { #expect(abs((merged ?? .nan) - (adapted ?? .nan)) <= 1e-6) }
    }
  }

  @Test func `The command line merges one after the other and names the one that is wrong`() throws {
    try withTinyPair { pair in
      let tool = try CommandLineTool()
      let folder = pair.base.deletingLastPathComponent()
      let twice = ["--base-adapter", pair.adapter.path, "--base-adapter", pair.adapter.path]
      let result = try tool.analyze(
        pair.base, pair.adapter, pair.prompts, to: folder.appending(path: "report"), twice)
      #expect(result.status == 0, "\(result.errors)")
      let report = try String(contentsOf: folder.appending(path: "report/report.md"), encoding: .utf8)
      #expect(report.contains("base+adapter+adapter"))
      let missing = try tool.analyze(
        pair.base, pair.adapter, pair.prompts, to: folder.appending(path: "other"),
        ["--base-adapter", folder.appending(path: "nothing").path])
      #expect(missing.status == 2)
      #expect(missing.errors.contains("nothing: there is no such folder"))
    }
  }
}
