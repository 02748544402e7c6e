import Foundation
import LeibnizTesting
import LinearAlgebra
import PairFixtures
import Results
import Testing

@testable import Analyses
@testable import Interventions
@testable import Leibniz
@testable import LongRuns
@testable import Measures
@testable import Subjects

/// Batches of another of OpenBLAS's kernels are told by name.
@Suite struct KernelTests {
  @Test func `The kernel is in the results and takes part in what a run is`() throws {
    try withTinyPair { pair in
      #expect(!productKernel.isEmpty && productKernel != "unknown")
      let analysis = try pair.analysis()
      #expect(analysis.kernel == productKernel)
      #expect(try Analysis(json: AnalysisJSON.bytes(analysis), file: "a").kernel == productKernel)
      let ablation = try pair.ablation([Intervention(dropping: Part.scores)])
      #expect(ablation.kernel == productKernel)
      #expect(try Ablation(json: AblationJSON.bytes(ablation), file: "a").kernel == productKernel)
    }
  }

  @Test func `Only the kernel may differ where any is allowed`() {
    func identity(_ kernel: String, _ prompts: String = "p") -> RunIdentity {
      RunIdentity([("the prompt file", prompts), (RunIdentity.kernelEntry, kernel)])
    }
    let (one, other) = (identity("Haswell"), identity("SkylakeX"))
    #expect(one.difference(from: other) == RequestDifference(RunIdentity.kernelEntry, "Haswell", "SkylakeX"))
    #expect(one.difference(from: other, allowsAnyKernel: true) == nil)
    #expect(one.digest != other.digest && one.onAnyKernel == other.onAnyKernel)
    #expect(one.difference(from: identity("Haswell", "q"), allowsAnyKernel: true)?.name == "the prompt file")
  }

  @Test func `Parts and batches of another kernel are refused by name, or taken over and said to be`() throws {
    let tool = try CommandLineTool()
    try withTinyPair { pair in
      let root = pair.base.deletingLastPathComponent()
      func part(_ number: Int) -> URL { root.appending(path: "part-\(number)") }
      let command = [
        "analyze", pair.base.path, pair.adapter.path, "--prompts", pair.prompts.path, "--batch-tokens", "30",
      ]
      for number in [1, 2] {
        let result = try tool.run(command + ["--shard", "\(number)/2", "--output", part(number).path])
        #expect(result.status == 0, "\(result.errors)")
      }
      try move(part(2), to: "Elsewhere")
      let output = root.appending(path: "merged")
      let merge = ["merge", part(1).path, part(2).path, "--output", output.path]
      let refused = try tool.run(merge)
      #expect(refused.status == 2 && refused.errors.contains("OpenBLAS's kernel is"), "\(refused.errors)")
      #expect(refused.errors.contains("Elsewhere") && refused.errors.contains("--any-kernel"))
      let merged = try tool.run(merge + ["--any-kernel"])
      #expect(merged.status == 0 && merged.errors.contains("different kernels of OpenBLAS"), "\(merged.errors)")
      let analysis = try Analysis(contentsOf: output.appending(path: "analysis.json"))
      #expect(analysis.kernel == ["Elsewhere", productKernel].sorted().joined(separator: ", "))
      // A part that is there already, of another kernel.
      let again = command + ["--shard", "2/2", "--output", part(2).path]
      let other = try tool.run(again)
      #expect(other.status == 2 && other.errors.contains("another of OpenBLAS's kernels, Elsewhere"), "\(other.errors)")
      #expect(try tool.run(again + ["--any-kernel"]).output.contains("complete already"))
      // Batches of an interrupted run.
      let partial = root.appending(path: "part-2.partial")
      try FileManager.default.moveItem(at: part(2), to: partial)
      try FileManager.default.removeItem(at: partial.appending(path: "shard.part"))
      let stopped = try tool.run(again + ["--resume"])
      #expect(stopped.status == 2 && stopped.errors.contains("Elsewhere"), "\(stopped.errors)")
      let resumed = try tool.run(again + ["--resume", "--any-kernel"])
      #expect(resumed.status == 0 && resumed.errors.contains("different kernels"), "\(resumed.errors)")
      let mixed = try tool.run(["merge", part(1).path, part(2).path, "--output", root.appending(path: "m").path])
      #expect(mixed.status == 2 && mixed.errors.contains("Elsewhere"), "\(mixed.errors)")
    }
  }

  /// Makes the files of a part say that another kernel computed them.
  private func move(_ part: URL, to kernel: String) throws {
    for name in try FileManager.default.contentsOfDirectory(atPath: part.path) {
      let file = part.appending(path: name)
      let old = try ShardFile(file)
      var head = old.head
      head.identity = RunIdentity(
        head.identity.entries.map { ($0.name, $0.name == RunIdentity.kernelEntry ? kernel : $0.value) })
      try Data(ShardFile.bytes(head, sections: (0..<old.count).map(old.bytes))).write(to: file)
    }
  }
}
