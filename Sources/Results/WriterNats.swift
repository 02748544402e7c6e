import StrictJSON

/// Who wrote what a term of one layer's scores inherits, in nats: a row of `writers.reads` in analysis.json.
///
/// W·dx of dKᵀQ or KᵀdQ is a sum over all that wrote to the stream before the layer, what dividing by another length adds (`scale`), and what
/// a changed norm does (`gain`). They sum to the term's inherited nats (``AttentionDivergence``).
public struct WriterNats: MeasureRow {
  /// Where it stands.
  public var place: Place
  /// Number of queries in the query region, over heads and layers where pooled.
  public var count: Int
  /// By writer, means over the queries; negative works against the change.
  public var nats: [Writer: Double] = [:]

  /// A row without writers.
  public init(at place: Place, count: Int) { (self.place, self.count) = (place, count) }

  /// The term that reads.
  public var term: Term {
    guard case .term(let term, _, _) = place.scope else { preconditionFailure("a row about a term") }
    return term
  }

  /// The writers in their order.
  public var byWriter: [(writer: Writer, nats: Double)] { nats.sorted { $0.key < $1.key }.map { ($0.key, $0.value) } }

  /// All of them: what the term inherits.
  public var inherited: Double { byWriter.reduce(0) { $0 + $1.nats } }

  /// What the rows are of.
  public static let form = MeasureForm(
    "writers", .terms, counts: .queries, hasTable: true, rowsAt: "reads",
    entries: .init(name: "writer", value: "nats", example: "nats.L5.mlp"),
    "Who wrote what the terms with dK and dQ inherit, in nats, by reading layer and head, then pooled.")

  /// The numbers that every row may have; a row's own are those of its ``ownFields``.
  public static func fields(at place: Place) -> [Field<WriterNats>] { common }

  private static let common = [Writer(.embed), Writer(.scale), Writer(.gain)].map(field)

  /// A number for each of its writers.
  public var ownFields: [Field<WriterNats>] { byWriter.map { Self.field($0.writer) } }

  /// The number of any writer, by its path: "nats.L5.mlp".
  public static func field(at path: String) -> Field<WriterNats>? {
    path.rest(after: "nats.").flatMap(Writer.init).map(field)
  }

  private static func field(_ writer: Writer) -> Field<WriterNats> {
    Field(
      names: ["nats", writer.name], label: "nats", .number, "What \(writer.sentence)", precision: { $0.precision },
      value: { $0.nats[writer] }, set: { $0.nats[writer] = $1 })
  }

  /// Numbers with signs, that can cancel: each is as exact as the row's largest.
  private var precision: Precision {
    let largest = nats.values.map(abs).max() ?? 0
    return Precision(floor: largest, keepsZero: largest == 0)
  }
}

extension Writer {
  fileprivate var sentence: String {
    if head != nil { return "one head of a layer's attention wrote." }
    return switch part {
    case .embed: "the tables of tokens and positions wrote."
    case .attention: "the attention of a layer wrote."
    case .recurrence: "the recurrence of a layer wrote."
    case .mlp: "the feed-forward half of a layer wrote."
    case .input: "a layer made of its own input of each token."
    case .scale:
      layer == nil ? "dividing by another length adds." : "the changed factor on the stream behind a layer adds."
    case .gain: "a changed gain or bias of the reader's norm adds."
    case .head: "the output head's own change does."
    }
  }
}

extension WriterNats: AnnotatedRow {
  /// Nothing beside its numbers.
  var annotations: JSONObject { [:] }

  mutating func annotate(_ reader: JSONReader) throws(JSONMemberError) {
    nats = try reader.optionalObject("nats")?.writers() ?? [:]
  }
}

extension JSONReader {
  /// Numbers by writer.
  func writers() throws(JSONMemberError) -> [Writer: Double] {
    var result: [Writer: Double] = [:]
    for (name, _) in object.members {
      guard let writer = Writer("\(name)") else {
        throw error("\(name)", "is no writer; embed, L0.attention, L0.mlp and the like, scale, gain and head are")
      }
      result[writer] = try number("\(name)")
    }
    return result
  }
}
