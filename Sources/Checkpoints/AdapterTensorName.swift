import StrictJSON

/// A name of an adapter's tensor, taken apart: `base_model.model.<path>.lora_A[.<adapter>].weight`.
struct AdapterTensorName: Sendable {
  /// What a tensor is for.
  enum Role: Sendable {
    case down, up, upBias
    case embeddingDown, embeddingUp
    case magnitude
    /// Trained rows of a table.
    case tokens
    /// A whole weight, of `modules_to_save` or in the base's place.
    case weight
    case bias
  }

  /// Where PEFT's model has a whole weight or bias: in the module itself, in the layer that a low-rank part wraps, or in a
  /// copy that PEFT never writes under that name.
  enum Place: Sendable { case module, wrapped, copy }

  /// The module's path, without PEFT's prefix and without what compilers and trainers wrap around modules.
  let path: String
  let role: Role
  let place: Place
  /// The adapter's own name, which PEFT takes out when it saves.
  let adapter: String?
  /// Whether PEFT's prefix stands there once and nothing is wrapped around a module.
  let isPlain: Bool

  /// What all names begin with.
  static let prefix = "base_model.model."

  /// Components that `torch.compile`, data parallelism, checkpointing and trainers put into paths.
  static let wrappers = [
    "_orig_mod", "module", "_fsdp_wrapped_module", "_checkpoint_wrapped_module", "_forward_module",
  ]

  /// - Returns: Nil for a name that is none of an adapter's.
  init?(_ name: String) {
    var parts = name.components
    guard let last = parts.popLast(), let ending = Self.ending(&parts, last) else { return nil }
    (role, place, adapter) = ending
    (path, isPlain) = Self.path(parts)
    if path.isEmpty { return nil }
  }

  /// The name of a parameter beside a module's layers, as modules_to_save keeps it: all of it is the path.
  init(parameter name: String) {
    (role, place, adapter) = (.weight, .module, nil)
    (path, isPlain) = Self.path(name.components)
  }

  /// A module's path without PEFT's prefix and wrappers.
  static func path(_ parts: [String]) -> (path: String, isPlain: Bool) {
    var rest = parts.filter { !wrappers.holds($0) }[...]
    var count = 0
    while rest.starts(with: ["base_model", "model"]) {
      rest = rest.dropFirst(2)
      count += 1
    }
    let isPlain = count == 1 && rest.count == parts.count - 2
    return (rest.joined(separator: "."), isPlain)
  }

  /// Takes what stands behind the module's path off the components.
  private static func ending(
    _ parts: inout [String], _ last: String
  ) -> (role: Role, place: Place, adapter: String?)? {
    let isWeight = last.isSpelled("weight")
    if isWeight || last.isSpelled("bias") {
      let kinds: [(String, Role?)] = [
        ("lora_A", isWeight ? .down : nil), ("lora_B", isWeight ? .up : .upBias),
        ("lora_magnitude_vector", isWeight ? .magnitude : nil),
      ]
      for case (let kind, let role?) in kinds {
        if let found = remove(kind, from: &parts) { return (role, .module, found.adapter) }
      }
      let role: Role = isWeight ? .weight : .bias
      if parts.last?.isSpelled("base_layer") == true {
        parts.removeLast()
        return (role, .wrapped, nil)
      }
      if let found = remove("modules_to_save", from: &parts) { return (role, .copy, found.adapter) }
      return (role, .module, nil)
    }
    let bare: [(String, Role)] = [
      ("lora_embedding_A", .embeddingDown), ("lora_embedding_B", .embeddingUp), ("lora_magnitude_vector", .magnitude),
      ("trainable_tokens_delta", .tokens),
    ]
    parts.append(last)
    for (kind, role) in bare {
      guard let found = remove(kind, from: &parts) else { continue }
      if role == .tokens { _ = remove("token_adapter", from: &parts) }
      return (role, .module, found.adapter)
    }
    return nil
  }

  /// Takes a component off the end, with the adapter's name behind it if there is one.
  private static func remove(_ kind: String, from parts: inout [String]) -> (adapter: String?, Void)? {
    if parts.last?.isSpelled(kind) == true {
      parts.removeLast()
      return (nil, ())
    }
    guard parts.dropLast().last?.isSpelled(kind) == true, let adapter = parts.last else { return nil }
    parts.removeLast(2)
    return (adapter, ())
  }
}
