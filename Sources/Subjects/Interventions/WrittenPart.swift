import Architectures
import Measures
import PairedForward
import ReferenceForward
import Results

/// What one writer added to the stream's change, as the queries or keys of later layers read it: a path that an intervention can cut
/// (docs/method.md, Interventions).
public struct WrittenPart: Sendable, Hashable {
  /// Who wrote it: tables of tokens and positions, a layer's attention or its feed-forward half.
  public let writer: Writer
  /// Whether it is left out of keys, otherwise out of queries.
  public let isOfKeys: Bool
  /// The engine's name for the writer.
  package let stream: StreamWriter

  /// A part; nil for what is no writer of the stream, and for single heads.
  public init?(_ writer: Writer, ofKeys isOfKeys: Bool) {
    guard let stream = writer.stream else { return nil }
    (self.writer, self.isOfKeys, self.stream) = (writer, isOfKeys, stream)
  }

  /// The parts of a name: "written:L5.mlp" is left out of keys and queries, "dK.written:L5.mlp" of keys, "dQ.written:L5.mlp" of queries;
  /// nil where it is none.
  public static func named(_ name: String) -> [WrittenPart]? {
    for (prefix, ofKeys) in prefixes {
      guard let writer = name.rest(after: prefix) else { continue }
      let parts = ofKeys.compactMap { isOfKeys in Writer(writer).flatMap { WrittenPart($0, ofKeys: isOfKeys) } }
      return parts.isEmpty ? nil : parts
    }
    return nil
  }

  /// Whether a name means to be one.
  static func isMeant(_ name: String) -> Bool { prefixes.contains { name.rest(after: $0.spelling) != nil } }

  private static let prefixes: [(spelling: String, ofKeys: [Bool])] = [
    ("written:", [true, false]), ("dK.written:", [true]), ("dQ.written:", [false]),
  ]

  /// "dK.written:L5.mlp".
  public var name: String { "\(isOfKeys ? "dK" : "dQ").written:\(writer.name)" }

  /// Names of several, with one for what is left out of both keys and queries.
  package static func names(_ parts: [WrittenPart]) -> [String] {
    parts.compactMap { part in
      guard let other = WrittenPart(part.writer, ofKeys: !part.isOfKeys), parts.contains(other) else {
        return part.name
      }
      return part.isOfKeys ? "written:\(part.writer.name)" : nil
    }
  }

  /// By operand, the writers of some parts.
  static func byOperand(_ parts: [WrittenPart]) -> [Operand: Set<StreamWriter>] {
    Dictionary(grouping: parts) { $0.isOfKeys ? Operand.key : .query }.mapValues { Set($0.map(\.stream)) }
  }
}
