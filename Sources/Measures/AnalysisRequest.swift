import Results
import StrictJSON

/// What an analysis is asked for besides models, prompts and masks: all that decides which numbers it has.
///
/// How an option is called, which values it takes, and how commands and parts of a run state it stands once, in ``RequestOption``.
public struct AnalysisRequest: Sendable, Equatable {
  /// What is looked at besides the terms of the scores.
  public var parts = Self.usualParts
  /// Whether the part ``AnalysisPart/writers`` tells the heads of attentions apart.
  public var writersByHead = false
  /// Where the operands of a product are taken when its change is split.
  public var reference = ReferencePoint.base
  /// With how many random changes of its targets, rank, norm and spectrum each adapter is compared. A probe of your own sees
  /// them as further runs behind all adapters'.
  public var nulls = 0
  /// How many pairs of tokens are kept of every block, those that add most to attention divergence: of each head, and of each layer's heads
  /// together.
  public var pairs = 0
  /// What random changes are scaled by, so that they have it in common with the adapter; nil for as they are drawn, as large as the
  /// adapter's weights.
  public var nullMatch: NullMatch?
  /// Whether losses are computed too.
  public var computesLoss = false
  /// Whether each prompt's sums are kept of every layer too, and written as prompts.csv.
  public var keepsPrompts = false

  /// What is looked at unless something else is asked for.
  public init() {}

  /// The parts that are looked at unless others are asked for.
  public static let usualParts: Set<AnalysisPart> = [.attention, .mass]
  /// How many random changes an adapter may be compared with.
  public static let allowedNulls = 0...1000
  /// How many pairs of tokens may be kept of every block.
  public static let allowedPairs = 0...100

  /// The words of a command that asks for the same.
  package var arguments: [String] { RequestOption.all.flatMap { $0.arguments(self) } }

  /// A number that asks for nothing that can be done.
  package var wrongCount: (option: RequestOption, count: Int, allowed: ClosedRange<Int>)? {
    RequestOption.all.lazy.compactMap { option in
      option.count.flatMap { count in
        let number = self[keyPath: count.path]
        return count.allowed.contains(number) ? nil : (option, number, count.allowed)
      }
    }.first
  }

  /// As an object of JSON.
  package var object: [String: Any] {
    RequestOption.all.reduce(into: [:]) { object, option in object[option.member] = option.value(self) }
  }

  /// Reads an object.
  package init(_ reader: JSONReader) throws(JSONMemberError) {
    for option in RequestOption.all { try option.read(&self, reader) }
  }
}
