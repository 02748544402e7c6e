import Architectures
import Checkpoints

/// What the numbers leave out, a sentence each, so that a report can say it.
extension WeightAttribution {
  /// Remarks on this model and this adaptation.
  package var notes: [String] {
    let description = reader.model.description
    let attentions = description.layers.map(\.attention)
    var notes: [String] = []
    if attentions.contains(where: { $0.rotary != nil }) {
      notes.append(
        "Rotary embedding is taken at offset 0, where it cancels; at other offsets the form turns with the distance.")
    }
    if attentions.contains(where: { $0.queryNorm != nil || $0.keyNorm != nil }) {
      notes.append(
        "This family normalises queries and keys before their product, which is no bilinear form: the QK form stands before those norms."
      )
    }
    if attentions.contains(where: { $0.latent != nil }) {
      notes.append(
        "Queries, keys and values come through latents with norms, behind which there is no bilinear form of the stream: forms are left out."
      )
    }
    if attentions.contains(where: { $0.query.linear.hasBias || $0.value.linear.hasBias || $0.output.hasBias }) {
      notes.append("Biases are no part of the forms.")
    }
    if foldsNorm, description.layers.contains(where: { $0.attentionInputNorm == nil }) {
      notes.append("Layers without an input norm have no gain to fold in.")
    }
    return notes + changesElsewhere
  }

  /// Changes that neither the forms nor the weights' table show.
  private var changesElsewhere: [String] {
    let (description, adaptation) = (reader.model.description, reader.adaptation)
    var notes: [String] = []
    let inputs = Set(description.layers.compactMap(\.attentionInputNorm).flatMap(\.modules))
    let folded = Set(adaptation.norms.filter { foldsNorm && inputs.contains($0.key) && $0.value.bias == nil }.keys)
    let norms = Set(adaptation.norms.keys).subtracting(folded)
    if !norms.isEmpty {
      let hint =
        !foldsNorm && norms.contains(where: inputs.contains) ? "; --fold-norm shows that of input norms' gains" : ""
      notes.append("The change of \(norms.count) norm\(norms.count == 1 ? "" : "s") is not shown here\(hint).")
    }
    if !adaptation.embeddings.isEmpty {
      notes.append("The change of \(adaptation.embeddings.keys.sorted().joined(separator: " and ")) is not shown here.")
    }
    if adaptation.linears[description.head.linear.module] != nil {
      notes.append("The change of the output head is not shown here.")
    }
    if let inputs = description.layerInputs, adaptation.linears[inputs.projection.module] != nil {
      notes.append("The change of \(inputs.projection.module) is not shown here.")
    }
    let others = adaptation.sinks.count + adaptation.streamScales.count + adaptation.activations.count
    if others > 0 {
      notes.append(
        "The change of \(others) sinks, factors on the stream or numbers of non-linearities is not shown here.")
    }
    let biases = adaptation.linears.values.count { $0.bias != nil || $0.lowRank.contains { $0.bias != nil } }
    if biases > 0 {
      notes.append("The change of \(biases) bias\(biases == 1 ? "" : "es") is not shown here.")
    }
    if adaptation.invocationTokens != nil {
      notes.append(
        "An Activated LoRA acts from its invocation tokens on; these are the weights where it acts. Keys before stay the base's."
      )
    }
    return notes
  }
}
