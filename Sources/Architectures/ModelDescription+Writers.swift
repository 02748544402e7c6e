extension ModelDescription {
  /// What of this model keeps its writers from being told; nil where nothing does.
  package var obstacleToWriters: String? {
    if layers.contains(where: { $0.attention.latent != nil }) { return "keys come through latents" }
    if layers.contains(where: { $0.attention.keysOfLayer != nil }) {
      return "layers read the keys and values of others"
    }
    if layers.contains(where: { $0.input != nil }) { return "layers are given inputs beside the stream" }
    return layers.contains { $0.scale != nil } ? "layers multiply the whole stream" : nil
  }
}
