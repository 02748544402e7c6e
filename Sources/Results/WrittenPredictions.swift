import StrictJSON

/// Who wrote what the predictions of the judged tokens gain: `writers.predictions` in analysis.json.
///
/// The change of a logit is a sum over writers, what dividing by another length adds (`scale`), what a changed norm does (`gain`) and what the
/// output head's own change does (`head`), and divergence and gain are linear in it.
public struct WrittenPredictions: Sendable, Equatable {
  /// Tokens that are judged and that both models have.
  public var tokens: Int
  /// Judged tokens that only one model has; they are left out.
  public var leftOut: Int
  /// By writer, the mean over the tokens of its part of KL(p‖p′) + KL(p′‖p).
  public var nats: [Writer: Double]
  /// By writer, the mean of its part of log p′ − log p of the token that follows.
  public var gain: [Writer: Double]
  /// By attention, its part of the gain by what its write is made of.
  public var attention: [Writer: AttentionGain]

  /// Numbers of predictions.
  public init(
    tokens: Int, leftOut: Int = 0, nats: [Writer: Double], gain: [Writer: Double], attention: [Writer: AttentionGain]
  ) {
    (self.tokens, self.leftOut) = (tokens, leftOut)
    (self.nats, self.gain, self.attention) = (nats, gain, attention)
  }

  /// What an attention wrote, by what changed in it; the parts sum to what it wrote.
  public struct AttentionGain: Sendable, Equatable {
    /// W_O·(dP·V): attention goes elsewhere.
    public var pattern = 0.0
    /// W_O·(P·dV): what it finds changed.
    public var value = 0.0
    /// W_O·(dP·dV): both.
    public var both = 0.0
    /// dW_O·z′ and its bias: the output projection changed.
    public var output = 0.0
    /// What a norm on the attention's output adds; nil where there is none.
    public var norm: Double?
    /// W_O·(dG ⊙ z′): gates before the output projection changed; nil where there are none.
    public var gate: Double?

    /// Nothing.
    public init() {}

    /// What an attention's gain is made of, by the names that analysis.json has.
    public enum Part: String, Sendable, CaseIterable {
      /// Patterns moved.
      case pattern
      /// Values changed.
      case value
      /// Both.
      case both
      /// The output projection changed.
      case output
      /// The norm on the output.
      case norm
      /// The gates before the output projection changed.
      case gate
    }

    /// A part; 0 where there is none.
    public subscript(part: Part) -> Double { parts.first { $0.part == part }?.gain ?? 0 }

    /// The parts that there are, in their order.
    public var parts: [(part: Part, gain: Double)] {
      [(.pattern, pattern), (.value, value), (.both, both), (.output, output)] + (norm.map { [(.norm, $0)] } ?? [])
        + (gate.map { [(.gate, $0)] } ?? [])
    }
  }
}

extension WrittenPredictions {
  var json: JSONObject {
    func byWriter<Value: Encodable>(_ values: [Writer: Value]) -> JSONObject {
      JSONObject(Dictionary(uniqueKeysWithValues: values.map { ($0.key.name, $0.value) }))
    }
    let parts = attention.mapValues {
      JSONObject(Dictionary(uniqueKeysWithValues: $0.parts.map { ($0.part.rawValue, $0.gain) }))
    }
    return
      ([
        "tokens": tokens, "nats": byWriter(nats), "gain": byWriter(gain), "attention": byWriter(parts),
      ] as JSONObject).with(present: ["leftOut": leftOut > 0 ? leftOut : nil])
  }

  init(_ reader: JSONReader) throws(JSONMemberError) {
    self.init(
      tokens: try reader.count("tokens"), leftOut: try reader["leftOut"] == nil ? 0 : reader.count("leftOut"),
      nats: try reader.object("nats").writers(), gain: try reader.object("gain").writers(), attention: [:])
    guard let parts = try reader.optionalObject("attention") else { return }
    for (name, _) in parts.object.members {
      guard let writer = Writer("\(name)"), writer.part == .attention, writer.head == nil else {
        throw parts.error("\(name)", "is no attention, as L0.attention is one")
      }
      attention[writer] = try AttentionGain(parts.object("\(name)"))
    }
  }
}

extension WrittenPredictions.AttentionGain {
  fileprivate init(_ reader: JSONReader) throws(JSONMemberError) {
    self.init()
    (pattern, value) = (try reader.number("pattern"), try reader.number("value"))
    (both, output) = (try reader.number("both"), try reader.number("output"))
    norm = try reader.optionalNumber("norm")
    gate = try reader.optionalNumber("gate")
  }
}
