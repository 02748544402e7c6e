/// Who wrote a part of what a reader of the residual stream inherits.
public struct Writer: Sendable, Hashable {
  /// What adds to the stream, and what a reader makes of it beside.
  public enum Part: Int, Sendable, CaseIterable {
    /// The tables of tokens and positions.
    case embed
    /// A layer's attention.
    case attention
    /// A layer's feed-forward half, experts included.
    case mlp
    /// The stream's changed length, by which the reader's norm divides.
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

  /// A writer.
  public init(layer: Int? = nil, _ part: Part) { (self.layer, self.part) = (layer, part) }

  /// By the name that analysis.json has: "embed", "L5.mlp", "scale"; nil where it is none.
  public init?(_ name: String) {
    let words = name.split(separator: ".", omittingEmptySubsequences: false)
    guard let part = words.last.flatMap({ word in Part.allCases.first { "\($0)" == word } }) else { return nil }
    if words.count == 1, !part.isOfLayer {
      self.init(part)
      return
    }
    guard words.count == 2, part.isOfLayer, words[0].first == "L", let layer = Int(words[0].dropFirst()),
      (0..<1 << 30).contains(layer), "L\(layer)" == words[0]
    else { return nil }
    self.init(layer: layer, part)
  }

  /// Its name in analysis.json: "embed", "L5.mlp", "scale".
  public var name: String { layer.map { "L\($0).\(part)" } ?? "\(part)" }
}

extension Writer.Part {
  /// Whether every layer has one.
  public var isOfLayer: Bool { self == .attention || self == .mlp }
}

extension Writer: Comparable {
  /// In the order in which they write; what a reader makes of it stands behind all of them.
  public static func < (left: Writer, right: Writer) -> Bool { left.order < right.order }

  private var order: (Int, Int, Int) {
    (part == .embed ? 0 : part.isOfLayer ? 1 : 2, layer ?? 0, part.rawValue)
  }
}
