import Architectures
import PairedForward
import Subjects

/// About how many bytes probes take for who wrote what, beside what every part of the model wrote: known before anything is computed.
struct WriterNeed {
  /// All of them.
  let total: Int

  /// - Parameters:
  ///   - batches: By batch, the indices of its prompts.
  ///   - predicts: Whether predictions are split too.
  ///   - byHead: Whether heads are writers of their own.
  init(_ forward: PairedForward, _ batches: [[Int]], _ subjects: [Subject], predicts: Bool, byHead: Bool) {
    let description = forward.description
    let heads = description.layers.map(\.attention.queryHeads).max() ?? 0
    let width = description.layers.map { $0.attention.queryHeads * $0.attention.headDimension }.max() ?? 0
    func own(_ batch: [Int]) -> Int {
      // What queries and keys are taken against, of one layer: a head's keys once for each of its tasks.
      let longest = batch.map { subjects[0].prompts[$0].prompt.tokens.count }.max() ?? 0
      let tasks = max(1, min(16 / max(heads * batch.count, 1) + 1, (longest + 255) / 256))
      let vectors = batch.reduce(0) { sum, prompt in
        sum + subjects.reduce(0) { $0 + $1.prompts[prompt].pairedTokens } * (tasks + 1)
      }
      let judged = batch.reduce(0) { sum, prompt in
        sum + subjects.reduce(0) { $0 + $1.prompts[prompt].lossPositions.count }
      }
      return MemoryLayout<Float>.stride * (vectors * width + (predicts ? 2 * judged * description.hiddenSize : 0))
    }
    // The whole and a batch's own, of two terms.
    let sums = zip(description.layers, description.writersBefore(byHead: byHead)).reduce(0) { sum, layer in
      sum + layer.0.attention.queryHeads * (layer.1 + 2)
    }
    let blocks = subjects.reduce(0) { $0 + $1.file.regionNames.count * $1.file.regionNames.count }
    total = (batches.map(own).max() ?? 0) + 4 * sums * blocks * MemoryLayout<Double>.stride
  }
}

extension SubjectPrompt {
  /// Its tokens times the pairs of regions of which a query may see a key.
  fileprivate var pairedTokens: Int {
    let present = regions.runs.compactMap { runs in runs.last.map { (first: runs[0].lowerBound, last: $0.upperBound) } }
    let pairs = present.reduce(0) { sum, query in sum + present.count { $0.first < query.last } }
    return prompt.tokens.count * pairs
  }
}
