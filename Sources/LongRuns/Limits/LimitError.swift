/// Why a run is refused for what it would take.
public enum LimitError: Error, Sendable, Equatable, CustomStringConvertible {
  /// A number among options that is too small or too large.
  case wrongCount(option: String, count: Int, allowed: ClosedRange<Int>)
  /// More memory than is allowed, or free.
  case tooMuchMemory(MemoryNeed, allowed: Int, isFree: Bool)
  /// Less address space than the run takes, which would not end but wait.
  case tooLittleAddressSpace(String)
  /// A report of more rows than any command reads.
  case tooManyRegions(String)

  /// One paragraph: what was found, what was expected, what to do.
  public var description: String {
    switch self {
    case .tooMuchMemory(let need, let allowed, let isFree): need.refusal(allowed: allowed, isFree: isFree)
    case .tooManyRegions(let refusal), .tooLittleAddressSpace(let refusal): refusal
    case .wrongCount(let option, let count, let allowed):
      "\(option) is \(count); give it a number from \(allowed.lowerBound) to \(allowed.upperBound)."
    }
  }
}
