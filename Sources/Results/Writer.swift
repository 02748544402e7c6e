import StrictJSON

/// Who wrote a part of what a reader of the residual stream inherits.
public struct Writer: Sendable, Hashable {
  /// What adds to the stream, and what a reader makes of it beside.
  public enum Part: Int, Sendable, CaseIterable {
    /// The tables of tokens and positions.
    case embed
    /// A layer's attention.
    case attention
    /// A layer's recurrence.
    case recurrence
    /// A layer's feed-forward half, experts included.
    case mlp
    /// What a layer makes of its own input of each token.
    case input
    /// The stream's changed length, by which the reader's norm divides; of a layer the changed factor on the stream as it leaves it.
    case scale
    /// A changed gain or bias of the reader's norm.
    case gain
    /// The output head's own change.
    case head
  }

  /// The layer; nil for what belongs to none.
  public let layer: Int?
  /// Which part.
  public let part: Part
  /// Of an attention one head, where heads are told apart; the attention itself is then what belongs to none of them.
  public let head: Int?

  /// A writer.
  public init(layer: Int? = nil, _ part: Part) { (self.layer, self.part, head) = (layer, part, nil) }

  /// A head of a layer's attention.
  public init(layer: Int, head: Int) { (self.layer, part, self.head) = (layer, .attention, head) }

  /// The part of the model that it belongs to: of a head the attention.
  public var whole: Writer { head == nil ? self : Writer(layer: layer, part) }

  /// By the name that analysis.json has: "embed", "L5.mlp", "L5H2", "scale"; nil where it is none.
  public init?(_ name: String) {
    if let own = Self.head(name) {
      self = own
      return
    }
    let words = name.components
    guard let part = words.last.flatMap({ word in Part.allCases.first { word.isSpelled("\($0)") } }) else { return nil }
    if words.count == 1, !part.isOfLayer {
      self.init(part)
      return
    }
    guard words.count == 2, part.isOfLayer || part == .scale, let layer = words[0].rest(after: "L").flatMap({ Int($0) })
    else {
      return nil
    }
    self.init(layer: layer, part)
    guard Self.numbers.contains(layer), self.name.isSpelled(name) else { return nil }
  }

  /// More layers or heads no model has.
  private static let numbers = 0..<1 << 30

  /// "L5H2".
  private static func head(_ name: String) -> Writer? {
    let numbers = name.rest(after: "L")?.utf8.split(separator: UInt8(ascii: "H"), omittingEmptySubsequences: false)
      .map { Int(String(decoding: $0, as: UTF8.self)) }
    guard let numbers, numbers.count == 2, let layer = numbers[0], let head = numbers[1],
      Self.numbers.contains(layer), Self.numbers.contains(head)
    else { return nil }
    let writer = Writer(layer: layer, head: head)
    return writer.name.isSpelled(name) ? writer : nil
  }

  /// Its name in analysis.json: "embed", "L5.mlp", "L5H2", "scale".
  public var name: String {
    guard let layer else { return "\(part)" }
    return head.map { "L\(layer)H\($0)" } ?? "L\(layer).\(part)"
  }
}

extension Writer.Part {
  /// Whether only layers have one.
  public var isOfLayer: Bool { self == .attention || self == .recurrence || self == .mlp || self == .input }
}

extension Writer: Comparable {
  /// In the order in which they write; what a reader makes of it stands behind all of them.
  public static func < (left: Writer, right: Writer) -> Bool { left.order < right.order }

  private var order: (Int, Int, Int, Int) {
    (part == .embed ? 0 : layer != nil ? 1 : 2, layer ?? 0, part.rawValue, head ?? -1)
  }
}
