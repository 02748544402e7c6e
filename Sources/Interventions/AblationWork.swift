import Attribution
import LongRuns
import Results

/// The interventions of one or more adapters, one adapter after the other.
package struct AblationWork: BatchWork {
  private let passes: [AblationPass]

  /// - Throws: ``AnalysisError`` where memory does not suffice.
  init(_ ablaters: [Ablater]) throws { passes = try ablaters.map(AblationPass.init) }

  package var count: Int { passes.reduce(0) { $0 + $1.count } }

  package var empty: [AblationSums] { passes.map(\.empty) }

  /// How the work is cut, as the identity of a run states it.
  package var plan: String { passes.map(\.plan).joined(separator: "; ") }

  package func promptIndices(in batch: Int) -> [Int] {
    let (run, own) = place(of: batch)
    return passes[run].promptIndices(in: own)
  }

  package func sums(of batch: Int, progress: (Double) -> Void) throws -> [AblationSums] {
    let (run, own) = place(of: batch)
    var sums = empty
    sums[run] = try passes[run].sums(of: own, progress: progress)
    return sums
  }

  /// Which adapter a batch is of, and which of its batches it is.
  private func place(of batch: Int) -> (run: Int, batch: Int) {
    var rest = batch
    for (run, pass) in passes.enumerated() {
      if rest < pass.count { return (run, rest) }
      rest -= pass.count
    }
    preconditionFailure("a batch of the plan")
  }
}
