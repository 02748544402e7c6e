import Attribution

/// Work on prompts that is cut into batches. What a batch gives follows from the request alone, not from the batches before it,
/// nor from threads; the whole is what all give, merged in their order.
package protocol BatchWork {
  /// What is summed up.
  associatedtype Gathered: Sums
  /// How many batches there are.
  var count: Int { get }
  /// Sums over no prompt.
  var empty: Gathered { get }
  /// The indices of a batch's prompts.
  func promptIndices(in batch: Int) -> [Int]
  /// The sums over one batch.
  /// - Parameter progress: Called with the part of the batch that is done.
  func sums(of batch: Int, progress: (Double) -> Void) throws -> Gathered
}

extension BatchWork {
  /// How many prompts a batch has.
  package func prompts(in batch: Int) -> Int { promptIndices(in: batch).count }

  /// The sums over all batches.
  /// - Parameters:
  ///   - finished: Where finished batches are kept, and come from.
  ///   - progress: Called with the part of all that is done.
  package func all(
    _ finished: FinishedBatches? = nil, progress: @escaping (Double) -> Void = { _ in }
  ) throws -> Gathered {
    try all(progress: progress) { batch, progress in try sums(of: batch, finished, progress: progress) }
  }

  /// The same where something else computes a batch.
  package func all(
    progress: @escaping (Double) -> Void, compute: (_ batch: Int, _ progress: (Double) -> Void) throws -> Gathered
  ) throws -> Gathered {
    var whole = empty
    for batch in 0..<count {
      whole.merge(try compute(batch) { progress((Double(batch) + $0) / Double(count)) })
    }
    return whole
  }

  /// The sums over a batch that was finished before, or that is computed and kept.
  package func sums(of batch: Int, _ finished: FinishedBatches?, progress: (Double) -> Void) throws -> Gathered {
    let prompts = prompts(in: batch)
    if let bytes = try finished?.bytes(of: batch),
      let known = try? Gathered(bytes, prompts: prompts, empty: empty)
    {
      return known
    }
    let own = try sums(of: batch, progress: progress)
    try finished?.keep(own.bytes(prompts: prompts), of: batch, prompts: prompts)
    return own
  }
}
