/// Sums over some of the prompts. Those of several batches merge into the sums over all of them, and all can be written down
/// and read back to the bit.
///
/// What follows from the request alone (regions, layers, heads) is no part of what is coded: sums are read into empty ones
/// that were made for the same request.
public protocol Sums: Coded {
  /// Takes in the sums over the prompts that follow.
  mutating func merge(_ later: Self)
}

/// What can be written down and read back to the bit.
public protocol Coded: Sendable {
  /// Hands every number to a coder, which writes it or gives it another value.
  mutating func code(_ coder: inout SumsCoder) throws(SumsError)
}

/// Sums over pairs, tokens or queries, which add up in any grouping.
public protocol AdditiveSums: Sums {
  /// Nothing summed.
  init()
  /// Adds other sums.
  static func += (left: inout Self, right: Self)
}

extension AdditiveSums {
  /// Adds them.
  public mutating func merge(_ later: Self) { self += later }
}

extension Array: Sums where Element: Sums {
  /// Merges element by element.
  public mutating func merge(_ later: Self) {
    precondition(count == later.count, "sums of the same request")
    for index in indices { self[index].merge(later[index]) }
  }
}

extension Array: Coded where Element: Coded {
  /// Codes as many elements as there are.
  public mutating func code(_ coder: inout SumsCoder) throws(SumsError) {
    for index in indices { try self[index].code(&coder) }
  }
}

extension Optional: Sums where Wrapped: Sums {
  /// Merges what is there.
  public mutating func merge(_ later: Self) {
    precondition((self == nil) == (later == nil), "sums of the same request")
    if let later { self?.merge(later) }
  }
}

extension Optional: Coded where Wrapped: Coded {
  /// Codes what is there.
  public mutating func code(_ coder: inout SumsCoder) throws(SumsError) { try self?.code(&coder) }
}

/// Sums that are kept for every prompt, in the order of the prompts: what intervals are made of.
public struct PromptSums<Element: AdditiveSums>: Sums {
  /// By prompt.
  public private(set) var all: [Element] = []

  /// No prompt yet.
  public init() {}

  /// Adds a prompt.
  public mutating func append(_ sums: Element) { all.append(sums) }

  /// Puts later prompts behind these.
  public mutating func merge(_ later: Self) { all += later.all }

  /// Codes an element for each prompt of the coder's batch.
  public mutating func code(_ coder: inout SumsCoder) throws(SumsError) {
    if coder.isReading {
      guard coder.prompts <= coder.left else { throw .damaged }
      all = Array(repeating: Element(), count: coder.prompts)
    }
    precondition(all.count == coder.prompts, "sums of every prompt of the batch")
    try all.code(&coder)
  }
}
