import Architectures
import LongRuns
import PairedForward
import Subjects

/// How interventions are cut into passes, and prompts into batches, so that the deltas of all runs fit into memory.
struct InterventionWaves {
  /// By pass, its interventions.
  let all: [Range<Int>]
  /// About how many tokens may go through a layer together.
  let batchTokens: Int

  /// - Parameter memory: How many bytes the deltas may take. A single intervention on a single prompt may take more.
  init(_ interventions: [Intervention], _ subject: Subject, memory: Int) {
    let description = subject.pair.model.description
    let shapes = description.layers.map(\.attention)
    let recurrences = description.recurrences
    let heads = (shapes.map { $0.queryHeads * $0.valueDimension } + recurrences.map(\.output.inputs)).max() ?? 0
    let widths = shapes.map {
      ($0.queryHeads + $0.keyValueHeads) * $0.headDimension + $0.keyValueHeads * $0.valueDimension
        + ($0.gate?.rows.count ?? 0)
    }
    let width = (widths + recurrences.map { $0.inputs.reduce(0) { $0 + $1.outputs } }).max() ?? 0
    let hasSources = interventions.contains { PartSet($0.dropped).hasSources }
    // The stream, queries with keys and values, the heads' outputs; and four sources of the second.
    // Of each writer whose writing somebody leaves out, what it wrote and what is read of it.
    let writers = interventions.map { Set($0.written.map(\.writer)).count }.max() ?? 0
    let bytes =
      4 * (description.hiddenSize + width * (hasSources ? 5 : 1) + heads + writers * (description.hiddenSize + width))
    let capacity = max(1, memory / bytes)
    let regions = subject.file.regionNames
    let rows = subject.prompts.map { prompt in interventions.map { $0.rows(prompt, regions) } }
    let tokens = subject.prompts.map { max($0.prompt.tokens.count, 1) }
    var waves: [Range<Int>] = []
    var start = 0
    while start < interventions.count {
      var sums = rows.map { $0[start] }
      var end = start + 1
      while end < interventions.count {
        let more = zip(sums, rows).map { $0 + $1[end] }
        guard more.allSatisfy({ $0 <= capacity }) else { break }
        sums = more
        end += 1
      }
      waves.append(start..<end)
      start = end
    }
    let densest = waves.flatMap { wave in zip(rows, tokens).map { Double($0[wave].reduce(0, +)) / Double($1) } }.max()
    all = waves
    let allowed = WorkOptions.allowedBatchTokens
    let fitting = Double(capacity) / max(densest ?? 1, 1e-9)
    batchTokens = Int(min(Double(allowed.upperBound), max(Double(allowed.lowerBound), fitting)))
  }
}
