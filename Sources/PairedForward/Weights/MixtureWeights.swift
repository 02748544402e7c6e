import Architectures
import Checkpoints

/// Norms around experts, and factors on their weights.
struct MixtureWeights: Sendable {
  /// Norms of router, experts and dense MLP; nil where all read the same and are added as they are.
  let norms: Norms?
  /// By expert, the factor on its weight; nil where there is none.
  let scales: ChangedNumbers?

  struct Norms: Sendable {
    let router: PairedNorm
    let input: PairedNorm
    let output: PairedNorm
    let dense: PairedNorm
  }

  init(_ experts: ExpertsDescription, model: Model, adaptations: [Adaptation]) throws(CheckpointError) {
    func read(_ norm: Norm) throws(CheckpointError) -> PairedNorm {
      try PairedNorm(norm, model: model, adaptations: adaptations)
    }
    norms = try experts.norms.map { norms throws(CheckpointError) in
      Norms(
        router: try read(norms.router), input: try read(norms.input), output: try read(norms.output),
        dense: try read(norms.dense))
    }
    scales = try experts.scales.map { name throws(CheckpointError) in
      try ChangedNumbers((name, [experts.experts.count]), model: model, adaptations: adaptations)
    }
  }
}
