import Architectures
import Checkpoints
import LinearAlgebra
import Results

/// What an adaptation changes in the weights alone: each head's bilinear forms, and each weight.
///
/// Weights stay mapped. A layer's attention is read head by head, then each changed weight is widened by itself and
/// dropped. Results do not depend on the number of threads.
package struct WeightAttribution: Sendable {
  let reader: WeightReader
  let foldsNorm: Bool
  private let workers: Workers

  /// The changes of one layer.
  package struct Layer: Sendable {
    /// The forms, QK then OV, head by head.
    package var forms: [FormChange]
    /// The changed weights.
    package var weights: [WeightChange]
  }

  /// An attribution. `foldsNorm` multiplies queries', keys' and values' weights with the gain of the layer's input norm,
  /// the adapted ones with the adapted gain.
  package init(model: Model, adaptation: Adaptation, foldsNorm: Bool, threads: Int) {
    reader = WeightReader(model: model, adaptation: adaptation)
    self.foldsNorm = foldsNorm
    workers = Workers(threads: threads)
  }

  /// Number of layers.
  package var layers: Int { reader.model.description.layers.count }

  /// The changes of a layer.
  /// - Throws: ``WeightAttributionError``.
  package func layer(_ index: Int) throws(WeightAttributionError) -> Layer {
    let layer = reader.model.description.layers[index]
    let comparison = WeightComparison(reader: reader, workers: workers)
    var weights: [WeightChange] = []
    for site in WeightSite.all(layer) {
      if let change = try comparison.compare(site, layer: index) { weights.append(change) }
    }
    weights += try comparison.compareNumbers(layer, index: index)
    return Layer(forms: try forms(layer, index), weights: weights)
  }

  private func forms(
    _ layer: LayerDescription, _ index: Int
  ) throws(WeightAttributionError) -> [FormChange] {
    let attention = layer.attention
    // Behind a norm of latents there is no bilinear form.
    guard attention.latent == nil, layer.attends else { return [] }
    func gain(_ layer: LayerDescription) throws(WeightAttributionError) -> FoldedGain? {
      foldsNorm ? try FoldedGain(layer.attentionInputNorm, reader: reader) : nil
    }
    // Another layer's keys and values stand behind that layer's norm.
    let producer = attention.keysOfLayer.map { reader.model.description.layers[$0] } ?? layer
    let factors = try LayerFactors(
      attention, layer: index, reader: reader, gain: gain(layer), keyGain: gain(producer), workers: workers)
    let heads = attention.queryHeads
    let group = heads / attention.keyValueHeads
    return try workers.map(2 * heads) { task throws(WeightAttributionError) in
      let (form, head): (FormKind, Int) = task < heads ? (.qk, task) : (.ov, task - heads)
      let core =
        switch form {
        case .qk: FormCore(factors.query[head], factors.key[head / group], scale: attention.scale)
        case .ov: FormCore(factors.output[head], factors.value[head / group], scale: 1)
        }
      guard let change = core.measured(form: form, layer: index, head: head) else {
        throw .decomposition(place: "the \(form.rawValue) form of L\(index)H\(head)")
      }
      return change
    }
  }
}
