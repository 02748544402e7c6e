import ArgumentParser
import Foundation
import Leibniz
import Reporting

/// `leibniz weights`.
struct Weights: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Say what an adapted model changes in the weights alone; needs no prompts.",
    discussion: """
      BASE is a HuggingFace model folder (config.json, model.safetensors or shards). ADAPTED is a PEFT adapter's folder \
      or a second checkpoint.

      Each head has two matrices of hidden × hidden that need no data: the QK form c·W_Qᵀ W_K (which input attends to \
      which) and the OV form W_O W_V (what an attended input adds to the stream). The change of each is split into the \
      same three terms as a score's change: W_Qᵀ dW_K (dKᵀQ), dW_Qᵀ W_K (KᵀdQ) and dW_Qᵀ dW_K (dKᵀdQ), and likewise for \
      values and outputs. Of each changed weight it tells ‖dW‖ / ‖W‖, the rank that the change uses, and how far its \
      leading directions lie outside the weight's own.

      Rotary embedding is taken at offset 0, biases are no part of a form. A low-rank change is never multiplied out, so \
      a large model takes minutes and the memory of its largest weight.

      EXAMPLES
        leibniz weights SmolLM2-135M adapter
        leibniz weights SmolLM2-135M adapter --output weights-report
        leibniz weights base finetuned --output weights-report --fold-norm

      Without --output a few lines are printed. With it a folder holds weights.md, weights.json, weights.csv (a row a \
      weight), forms.csv (rows by head) and figures/. Exit codes: 0 done, 2 an input is wrong, 64 usage.
      """)

  @Argument(help: ModelArguments.baseHelp, completion: .directory)
  var base: String

  @Argument(help: "The adapter's or adapted model's folder, or its name on the hub.", completion: .directory)
  var adapted: String?

  @Option(name: .shortAndLong, help: "The folder to write a report to.", completion: .directory)
  var output: String?

  @Flag(name: .customLong("fold-norm"), help: "Fold the gain of each layer's input norm into the forms.")
  var foldsNorm = false

  @OptionGroup var work: RunOptions

  func validate() throws {
    if adapted == nil, (try? BaseOfAdapter(base)) == nil {
      throw ValidationError("Missing expected argument '<adapted>'")
    }
    if work.force, output == nil { throw ValidationError("--force replaces a report; name it with --output.") }
    if work.quiet, output == nil {
      throw ValidationError("--quiet without --output leaves nothing; name a folder with --output.")
    }
  }

  func run() throws {
    try reportingInputErrors {
      let target = try output.map { path in
        try namingOptions(path) { () throws(ReportFolderError) in
          try ReportFolder(URL(fileURLWithPath: path), for: WeightAnalysis.self, replacing: work.force)
        }
      }
      let models = try models()
      let progress = work.progress
      let analysis = try analyzeWeights(
        base: models.base, adapted: models.adapted,
        baseAdapters: work.baseAdapters, foldsNorm: foldsNorm, threads: work.threads,
        progress: progress.show)
      progress.finish()
      if let target, let output {
        try namingOptions(output) { () throws(ReportFolderError) in try target.write(analysis) }
      }
      if work.quiet { return }
      for warning in analysis.warnings { complain("warning: \(warning)") }
      for line in WeightReport(analysis).summary { try present(line) }
      if let output { try present("\(output)/\(WeightReportFiles.report)") }
    }
  }

  private func models() throws -> (base: URL, adapted: URL) {
    if let adapted { return (try modelFolder(base), try modelFolder(adapted)) }
    let found = try BaseOfAdapter(base)
    return (try found.base(), found.adapter)
  }
}
