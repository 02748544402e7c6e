import Architectures
import Checkpoints

/// The logits of a layer's attention sinks, and what adaptations change in them.
struct SinkLogits: Sendable {
  /// By query head.
  let base: [Float]
  /// By adaptation and query head; nil where they stay.
  let changes: [[Float]?]

  /// Reads them; nil where the layer has none.
  init?(_ attention: AttentionDescription, model: Model, adaptations: [Adaptation]) throws(CheckpointError) {
    guard let name = attention.sinks, let logits = try model.sinks(of: attention) else { return nil }
    base = logits
    changes = adaptations.map { $0.sinks[name] }
  }

  /// The change of a head's logit for a query, which the query's own mask weighs.
  func change(_ run: AttendingRun, head: Int, span: Int, query: Int) -> Float {
    guard let change = changes[run.state.adaptation]?[head] else { return 0 }
    return change * run.mask(span, query)
  }
}
