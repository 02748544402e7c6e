import StrictJSON

/// The sizes nearly every decoder's config.json declares under the same names.
struct DecoderSizes {
  /// What the family's configuration class assumes where config.json is silent; nil where it derives the value.
  struct Defaults {
    var vocabulary: Int
    var hidden: Int
    var inner: Int
    var layers: Int
    var heads: Int
    var keyValueHeads: Int?
    var headDimension: Int?
    var positions: Int
  }

  var vocabulary: Int
  var hidden: Int
  var inner: Int
  var layers: Int
  var heads: Int
  var keyValueHeads: Int
  var headDimension: Int
  var positions: Int

  /// Reads and checks them.
  init(_ config: JSONReader, defaults: Defaults) throws(JSONMemberError) {
    vocabulary = try config.size("vocab_size", default: defaults.vocabulary)
    hidden = try config.size("hidden_size", default: defaults.hidden)
    inner = try config.size("intermediate_size", default: defaults.inner)
    layers = try config.count("num_hidden_layers", default: defaults.layers)
    heads = try config.count("num_attention_heads", default: defaults.heads)
    keyValueHeads = try config.optionalCount("num_key_value_heads", default: defaults.keyValueHeads) ?? heads
    positions = try config.size("max_position_embeddings", default: defaults.positions)
    guard layers * heads <= 1 << 20 else {
      throw config.error("num_hidden_layers", "\(layers) layers of \(heads) heads are too many to be true")
    }
    guard heads % keyValueHeads == 0 else {
      throw config.error(
        "num_key_value_heads", "\(heads) query heads cannot share \(keyValueHeads) key-value heads evenly")
    }
    let explicit = try config.optionalSize("head_dim", default: defaults.headDimension)
    guard explicit != nil || hidden % heads == 0 else {
      throw config.error(
        "num_attention_heads",
        "hidden_size \(hidden) is not a multiple of \(heads) heads and head_dim is not given")
    }
    headDimension = explicit ?? hidden / heads
    guard headDimension <= 1 << 14 else {
      throw config.error(
        "head_dim", "a head of \(headDimension) features is not supported; the limit is 16384")
    }
  }

  /// Width of all queries of a token.
  var queryWidth: Int { heads * headDimension }
  /// Width of all keys, or values, of a token.
  var keyValueWidth: Int { keyValueHeads * headDimension }

  /// Refuses a head width other than the hidden size's share.
  func requireWholeWidth(_ config: JSONReader) throws(JSONMemberError) {
    guard queryWidth == hidden else {
      throw config.error(
        "head_dim", "\(heads) heads of \(headDimension) features do not fill hidden_size \(hidden)")
    }
  }

  /// Refuses grouped queries too.
  func requireOneHeadEach(_ config: JSONReader) throws(JSONMemberError) {
    try requireWholeWidth(config)
    guard keyValueHeads == heads else {
      throw config.error(
        "num_key_value_heads", "this family has one key-value head for each of \(heads) query heads")
    }
  }
}
