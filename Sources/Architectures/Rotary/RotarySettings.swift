import StrictJSON

/// The rope settings of one kind of layer, with the spellings of config.json folded into one: `rope_theta` beside
/// `rope_scaling` (with `type` or `rope_type`), or all in `rope_parameters`.
///
/// Source: `RotaryEmbeddingConfigMixin` in `transformers.modeling_rope_utils`.
struct RotarySettings {
  /// The object that holds the scaling's own members.
  var block: JSONReader
  /// `rope_type`.
  var type: String
  /// `rope_theta`.
  var base: Double
  /// The share of a head's features that turn.
  var partialFactor: Double
  /// Features of a head.
  var headDimension: Int
  /// `max_position_embeddings`.
  var positions: Int
  /// Positions of the pretraining, where a scaling asks for them.
  var originalPositions: Int

  /// Where a family's configuration class departs from the common one.
  struct Defaults {
    /// The base where config.json names none.
    var base = 10_000.0
    /// The member beside `rope_scaling` that holds the base.
    var baseName = "rope_theta"
    /// The share of features that turn where config.json names none; nil when the family always turns whole heads.
    var partialFactor: Double?
    /// The member beside `rope_scaling` that holds the share.
    var partialName = "partial_rotary_factor"
    /// `original_max_position_embeddings` beside `rope_scaling` where the class has that member itself.
    var originalPositions: Int?
    /// The members of `rope_parameters` where config.json has none of it.
    var block: [String: JSONValue] = [:]
  }

  /// The settings of a family whose layers all turn alike.
  init(_ config: JSONReader, _ sizes: DecoderSizes, defaults: Defaults = Defaults()) throws(JSONMemberError) {
    let block = try config.ropeBlock(default: defaults.block)
    for kind in ["full_attention", "sliding_attention"] where block[kind] != nil {
      throw block.error(kind, "this family has one rotary embedding for all layers")
    }
    let partial = try config.positive(defaults.partialName, default: defaults.partialFactor ?? 1)
    try self.init(
      block: block, base: config.positive(defaults.baseName, default: defaults.base), sizes: sizes,
      partialFactor: partial, turnsWholeHeads: defaults.partialFactor == nil)
    if !config.isAbsent("original_max_position_embeddings") || defaults.originalPositions != nil {
      originalPositions = try config.size(
        "original_max_position_embeddings", default: defaults.originalPositions ?? positions)
    }
  }

  /// The settings in an object of their own; base and share are used where it names none.
  init(
    block: JSONReader, base: Double, sizes: DecoderSizes, partialFactor: Double = 1,
    turnsWholeHeads: Bool = true
  ) throws(JSONMemberError) {
    self.block = block
    let legacyType = try block.optionalString("type")
    type = try block.optionalString("rope_type") ?? legacyType ?? "default"
    self.base = try block.positive("rope_theta", default: base)
    self.partialFactor = try block.positive("partial_rotary_factor", default: partialFactor)
    headDimension = sizes.headDimension
    positions = sizes.positions
    originalPositions = try block.size("original_max_position_embeddings", default: sizes.positions)
    guard self.partialFactor == 1 || (self.partialFactor < 1 && !turnsWholeHeads) else {
      throw block.error(
        "partial_rotary_factor",
        turnsWholeHeads ? "this family turns whole heads" : "\(self.partialFactor) is above 1")
    }
  }

  /// Features of a head that turn.
  var dimensions: Int { Int(Double(headDimension) * partialFactor) }
}

extension JSONReader {
  /// `rope_scaling` where it has members, else `rope_parameters`, else the default's members.
  func ropeBlock(default absent: [String: JSONValue] = [:]) throws(JSONMemberError) -> JSONReader {
    for name in ["rope_scaling", "rope_parameters"] {
      if let block = try optionalObject(name), !block.object.members.isEmpty { return block }
    }
    var object = JSONObject()
    // An object without members is none at all only where it is null or absent.
    if self["rope_parameters"] == nil {
      for (name, value) in absent { _ = object.append(name, value) }
    }
    return JSONReader(file: file, path: "rope_parameters", object: object)
  }
}
