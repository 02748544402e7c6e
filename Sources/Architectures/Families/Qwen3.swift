import StrictJSON

/// Qwen 3 (`transformers.models.qwen3`): Qwen 2 with a norm on every query and key head and a bias by choice.
enum Qwen3 {
  static let family = Family(["qwen3"]) { config throws(JSONMemberError) in
    let bias = try config.flag("attention_bias", default: false)
    var model = try Qwen2.describe(
      config, family: "qwen3", headDimension: 128, inputBias: bias, outputBias: bias)
    for index in model.layers.indices {
      let module = "\(DecoderSizes.layer(index)).self_attn"
      var norm = Norm(
        .rootMeanSquare, modules: ["\(module).q_norm"], width: model.layers[index].attention.headDimension,
        epsilon: model.finalNorm.epsilon)
      model.layers[index].attention.queryNorm = norm
      norm.modules = ["\(module).k_norm"]
      model.layers[index].attention.keyNorm = norm
    }
    return model
  }
}
