extension ModelDescription {
  /// Tensors that are no linear layer's, no norm's and no table's, and that a fine-tuned model or an adapter may bring its own of, with their
  /// shapes: those of recurrences, and the factors on experts' weights.
  package var numbers: [(name: String, shape: [Int])] { layers.flatMap(\.numbers) }
}

extension LayerDescription {
  /// Those of a layer.
  package var numbers: [(name: String, shape: [Int])] {
    (recurrence?.numbers ?? [])
      + (experts.flatMap { experts in experts.scales.map { [($0, [experts.experts.count])] } } ?? [])
  }
}
