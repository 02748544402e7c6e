import StrictJSON

/// The sizes of GPT-2 and GPT-J under their own names; the classes map the common names to these, and where both stand in
/// a file, the common one wins.
struct GPTSizes {
  /// What the configuration class assumes where config.json is silent.
  struct Defaults {
    var vocabulary: Int
    var hidden: Int
    var layers: Int
    var heads: Int
    var positions: Int
  }

  var vocabulary: Int
  var hidden: Int
  var inner: Int
  var layers: Int
  var heads: Int
  var positions: Int

  /// Reads and checks them.
  init(_ config: JSONReader, defaults: Defaults) throws(JSONMemberError) {
    vocabulary = try config.size("vocab_size", default: defaults.vocabulary)
    hidden = try config.size("hidden_size", default: config.size("n_embd", default: defaults.hidden))
    heads = try config.count("num_attention_heads", default: config.count("n_head", default: defaults.heads))
    layers = try config.count("num_hidden_layers", default: config.count("n_layer", default: defaults.layers))
    positions = try config.size(
      "max_position_embeddings", default: config.size("n_positions", default: defaults.positions))
    inner = try config.optionalSize("n_inner", default: nil) ?? 4 * hidden
    guard hidden % heads == 0 else {
      throw config.error("n_head", "n_embd \(hidden) is not a multiple of \(heads) heads")
    }
  }

  /// Features of a head.
  var headDimension: Int { hidden / heads }
}
