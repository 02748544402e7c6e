import Architectures
import Checkpoints
import Results

extension BaseSummary {
  /// The summary of an opened model; heads are those of its first attention.
  package init(_ model: Model) {
    let attention = model.description.firstAttention ?? model.description.layers[0].attention
    self.init(
      name: model.name, family: model.description.family, layers: model.description.layers.count,
      heads: attention.queryHeads, keyValueHeads: attention.keyValueHeads, headDimension: attention.headDimension,
      dtype: model.storedType, fingerprint: model.fingerprint)
  }
}

extension AdaptedSummary {
  /// The summary of an opened adaptation.
  package init(_ adaptation: Adaptation) {
    self.init(
      name: adaptation.name, kind: adaptation.kind.rawValue, rank: adaptation.rank, scaling: adaptation.scaling,
      targets: adaptation.targets, fingerprint: adaptation.fingerprint,
      modules: adaptation.modules.map { ModuleCount(applied: $0.applied, leftOut: $0.leftOut) })
  }
}
