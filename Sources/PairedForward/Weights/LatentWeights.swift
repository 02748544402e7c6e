import Architectures
import Checkpoints
import LinearAlgebra
import Vocabulary

/// The second steps of projections through latents, and where latents stand among what the first step gives: the queries' latent, or
/// queries themselves; the latent of keys and values; the rotary key.
struct LatentWeights: Sendable {
  /// Norm and second step of queries; nil where the first gives them.
  let query: (norm: PairedNorm, up: PairedLinear)?
  let keyValueNorm: PairedNorm
  /// To all heads' keys but for the part that turns, then to all heads' values.
  let keyValueUp: PairedLinear
  let (queryColumns, keyValueColumns, rotaryColumns): (Range<Int>, Range<Int>, Range<Int>)

  /// What reads x. Keys and values share a latent, which the keys' mask covers.
  static func lowering(
    _ latent: LatentAttention, _ attention: AttentionDescription
  ) -> [(projection: Projection, site: Site?)] {
    [
      (latent.query.map { Projection($0.linear) } ?? attention.query, .q), (Projection(latent.keyValue.linear), .k),
    ]
  }

  /// Plans what has to be widened.
  init(
    _ latent: LatentAttention, _ attention: AttentionDescription, adaptations: [Adaptation],
    _ widening: inout Widening
  ) throws(CheckpointError) {
    let model = widening.model
    let first = latent.query?.linear.outputs ?? attention.query.rows.count
    queryColumns = 0..<first
    keyValueColumns = first..<first + latent.rank
    rotaryColumns = first + latent.rank..<first + latent.rank + latent.rotaryWidth
    if let step = latent.query {
      let norm = try PairedNorm(step.norm, model: model, adaptations: adaptations)
      query = (norm, try widening.plan([(attention.query, .q)]))
    } else {
      query = nil
    }
    keyValueNorm = try PairedNorm(latent.keyValue.norm, model: model, adaptations: adaptations)
    keyValueUp = try widening.plan([(attention.key, .k), (attention.value, .v)])
  }
}
