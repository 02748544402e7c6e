import Analyses
import Attribution
import Foundation
import Interventions
import LongRuns
import Results
import StrictJSON

/// The reports that parts make together.
public enum MergedReports: Sendable, Equatable {
  /// An analysis of each adapter.
  case analyses([Analysis])
  /// An ablation of each adapter.
  case ablations([Ablation])
}

/// Puts the parts of a run together: the same reports as if it had not been divided, to the bit, in whatever order parts are named.
/// Neither models nor prompts are read.
///
/// ```swift
/// try analyze(base: base, adapted: [adapter], prompts: prompts, shard: Shard(1, of: 2)!, to: URL(filePath: "parts/1"))
/// try analyze(base: base, adapted: [adapter], prompts: prompts, shard: Shard(2, of: 2)!, to: URL(filePath: "parts/2"))
/// let merged = try merge([URL(filePath: "parts/1"), URL(filePath: "parts/2")])
/// ```
/// - Parameters:
///   - parts: The folders of all shards.
///   - allowsAnyKernel: Whether they may have been computed on different kernels of OpenBLAS; the reports say so.
/// - Throws: ``ShardError/incomplete(problems:resubmit:shards:)`` naming every part that is missing, given twice, damaged or of
///   another run or version, and what has to be computed again.
public func merge(_ parts: [URL], allowsAnyKernel: Bool = false) throws -> MergedReports {
  let folders = try PartFolders(parts, allowsAnyKernel: allowsAnyKernel)
  let (parts, kernels) = (folders.parts, folders.kernels)
  do {
    let contents = try PartContents(parts)
    switch try contents.first.string("kind") {
    case AnalysisFrame.kind:
      let (frame, sums) = try folded(AnalysisFrame(contents), parts)
      return .analyses(frame.reports(from: sums).map { $0.computed(on: kernels) })
    case AblationFrame.kind:
      let (frame, sums) = try folded(AblationFrame(contents), parts)
      return .ablations(frame.reports(from: sums).map { $0.computed(on: kernels) })
    default: throw contents.first.error("kind", "no report of this kind is known")
    }
  } catch let error as JSONMemberError {
    throw ShardError.notAPart(error.file, reason: "\(error.path): \(error.message)")
  }
}

/// The sums of all batches in the order of an undivided run.
/// - Parameter parts: In the order of their shards.
private func folded<Frame: PartFrame>(
  _ frame: Frame, _ parts: [PartFolder]
) throws(ShardError) -> (Frame, Frame.Gathered) {
  var (whole, prompts): (Frame.Gathered?, Int) = (nil, 0)
  for batch in 0..<parts[0].head.batches {
    let part = parts[batch % parts.count]
    let (bytes, count, _) = try part.sums(of: batch)
    guard let empty = frame.empty(within: bytes.count),
      let sums = try? Frame.Gathered(bytes, prompts: count, empty: empty)
    else { throw .damaged(part.folder.relativePath) }
    if whole == nil { whole = empty }
    whole?.merge(sums)
    prompts += count
  }
  guard let whole, frame.isSound(whole, prompts: prompts) else {
    throw .notAPart(parts[0].folder.relativePath, reason: "its sums are not those of its prompts")
  }
  return (frame, whole)
}
