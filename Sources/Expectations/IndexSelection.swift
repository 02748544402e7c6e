/// Which layers, or which heads, an expectation is about: all of them, or some ranges of indices.
public struct IndexSelection: Sendable, Equatable {
  /// One selected run of indices, counted from 0.
  public enum Run: Sendable, Equatable {
    /// From the lower to the upper bound, both included; both have to exist.
    case closed(ClosedRange<Int>)
    /// From an index, which has to exist, to the last one.
    case from(Int)
  }

  /// The selected runs; nil for every index.
  public var runs: [Run]?

  /// The indices of some runs, or every index.
  public init(runs: [Run]?) { self.runs = runs }

  /// Every index.
  public static let all = IndexSelection(runs: nil)

  /// Whether an index is selected. O(number of runs).
  public func contains(_ index: Int) -> Bool {
    guard let runs else { return true }
    return runs.contains { run in
      switch run {
      case .closed(let range): range.contains(index)
      case .from(let first): index >= first
      }
    }
  }

  /// The first selected index that is negative or not below `count`; nil where every one exists.
  func firstOutside(count: Int) -> Int? {
    for run in runs ?? [] {
      switch run {
      case .closed(let range):
        if range.lowerBound < 0 || range.lowerBound >= count { return range.lowerBound }
        if range.upperBound >= count { return range.upperBound }
      case .from(let first):
        if first < 0 || first >= count { return first }
      }
    }
    return nil
  }

  /// "4-9, 12, 20-" or "all", as an expectations file spells it.
  public var description: String {
    guard let runs else { return "all" }
    return runs.map { run in
      switch run {
      case .closed(let range):
        range.lowerBound == range.upperBound ? "\(range.lowerBound)" : "\(range.lowerBound)-\(range.upperBound)"
      case .from(let first): "\(first)-"
      }
    }.joined(separator: ", ")
  }
}

/// What can be written where layers or heads are selected: `7`, `4...9`, `4..<9`, `20...`, `[0, 3]`,
/// `IndexSelection.all`.
public protocol IndexSelecting {
  /// The selected indices.
  var indexSelection: IndexSelection { get }
}

extension IndexSelection: IndexSelecting, CustomStringConvertible {
  /// Itself.
  public var indexSelection: IndexSelection { self }
}

extension Int: IndexSelecting {
  /// This index alone.
  public var indexSelection: IndexSelection { IndexSelection(runs: [.closed(self...self)]) }
}

extension ClosedRange: IndexSelecting where Bound == Int {
  /// The indices of the range.
  public var indexSelection: IndexSelection { IndexSelection(runs: [.closed(self)]) }
}

extension Range: IndexSelecting where Bound == Int {
  /// The indices of the range; an empty range selects none.
  public var indexSelection: IndexSelection {
    IndexSelection(runs: isEmpty ? [] : [.closed(lowerBound...upperBound - 1)])
  }
}

extension PartialRangeFrom: IndexSelecting where Bound == Int {
  /// The indices from the bound to the last that exists.
  public var indexSelection: IndexSelection { IndexSelection(runs: [.from(lowerBound)]) }
}

extension Array: IndexSelecting where Element == Int {
  /// The listed indices; an empty list selects none.
  public var indexSelection: IndexSelection { IndexSelection(runs: map { .closed($0...$0) }) }
}
