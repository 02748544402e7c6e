extension ModelDescription {
  /// What of this model keeps its writers from being told; nil where nothing does.
  package var obstacleToWriters: String? {
    layers.contains { $0.attention.latent != nil } ? "keys come through latents" : nil
  }
}
