import StrictJSON

/// Which modules an adapter targets (PEFT, `check_target_module_exists`). Paths are those of the model PEFT saw.
struct ModuleSelection: Sendable {
  private enum Names {
    case list([String])
    case pattern(ModulePattern)

    func matches(_ module: String) -> Bool {
      switch self {
      case .list(let names): names.contains { module.isSpelled($0) || module.ends(with: ".\($0)") }
      case .pattern(let pattern): pattern.matches(module)
      }
    }
  }

  /// What a path has to match; nil for all linear layers.
  private var targets: Names?
  private var excluded: Names = .list([])
  /// `layers_to_transform`, nil for all.
  private(set) var layers: [Int]?
  private var layerParents: [ModulePattern] = []
  private var savedModules: [ModulePattern] = []

  /// Reads `target_modules`, `exclude_modules`, `layers_to_transform`, `layers_pattern` and `modules_to_save`.
  init(_ reader: JSONReader, _ patterns: inout ModulePattern.Reader) throws(JSONMemberError) {
    if case .string(let text) = reader["target_modules"], text.lowercased().isSpelled("all-linear") {
      targets = nil
    } else {
      targets = try Self.names("target_modules", reader, &patterns)
    }
    excluded = try Self.names("exclude_modules", reader, &patterns)
    try readLayers(reader, &patterns)
    for name in try reader.optionalStrings("modules_to_save") ?? [] {
      savedModules.append(try patterns.whole("(^|.*\\.)(\(name))($|\\..*)", "modules_to_save"))
    }
  }

  private static func names(
    _ name: String, _ reader: JSONReader, _ patterns: inout ModulePattern.Reader
  ) throws(JSONMemberError) -> Names {
    if case .string(let text) = reader[name] { return .pattern(try patterns.whole(text, name)) }
    return .list(try reader.optionalStrings(name) ?? [])
  }

  private mutating func readLayers(
    _ reader: JSONReader, _ patterns: inout ModulePattern.Reader
  ) throws(JSONMemberError) {
    if case .integer(let layer) = reader["layers_to_transform"] {
      layers = [layer]
    } else {
      let list = try reader.optionalIntegers("layers_to_transform") ?? []
      layers = list.isEmpty ? nil : list
    }
    var parents: [String] = []
    if case .string(let parent) = reader["layers_pattern"] {
      parents = parent.isEmpty ? [] : [parent]
    } else {
      parents = try reader.optionalStrings("layers_pattern") ?? []
    }
    for parent in parents {
      layerParents.append(try patterns.whole("(?:^|.*?\\.)(?:\(parent))", "layers_pattern"))
    }
    if case .string = reader["target_modules"], layers != nil || !parents.isEmpty {
      throw reader.error(
        "layers_to_transform", "it cannot stand beside a target_modules that is a string; PEFT refuses it too")
    }
    if layers == nil, !parents.isEmpty {
      throw reader.error("layers_pattern", "it needs layers_to_transform beside it; PEFT refuses it too")
    }
  }

  /// Whether a module is targeted. `all-linear` leaves out tables and the output head.
  func contains(_ module: String, isInnerLinear: Bool) -> Bool {
    if excluded.matches(module) || savedModules.contains(where: { $0.matches(module) }) { return false }
    switch targets {
    case nil: return isInnerLinear
    case .pattern(let pattern): return pattern.matches(module)
    case .list(let names):
      return names.holds(module) || (names.contains { module.ends(with: ".\($0)") } && isInLayers(module))
    }
  }

  /// Whether the list has a path that ends in one of the names, or the expression matches one of them.
  func names(anyOf short: [String]) -> Bool {
    switch targets {
    case nil: false
    case .list(let names): names.contains { short.holds($0.components.last ?? "") }
    case .pattern(let pattern): short.contains(where: pattern.matches)
    }
  }

  /// Names of the list that none of the modules bears.
  func unmatchedNames(among modules: some Sequence<String>) -> [String] {
    guard case .list(let names) = targets else { return [] }
    return names.filter { name in !modules.contains { $0.isSpelled(name) || $0.ends(with: ".\(name)") } }.sorted()
  }

  /// Whether the module's layer is among those to transform: the first number that follows the pattern, or without one
  /// at least two components ("model.layers.3.").
  private func isInLayers(_ module: String) -> Bool {
    guard let layers else { return true }
    let parts = module.components
    for (index, part) in parts.enumerated().dropLast() {
      guard let number = Int(part) else { continue }
      let parent = parts[..<index].joined(separator: ".")
      if layerParents.isEmpty ? index > 1 : layerParents.contains(where: { $0.matches(parent) }) {
        return layers.contains(number)
      }
    }
    return false
  }
}
