import StrictJSON

/// Which modules an adapter targets (PEFT, `check_target_module_exists`).
struct ModuleSelection: Sendable {
  private enum Targets {
    case unstated
    case names([String])
    case pattern(ModulePattern)
    case allLinear
  }

  private let targets: Targets
  private let excludedNames: [String]
  private let excludedPattern: ModulePattern?
  private let layers: [Int]?
  private let layerParents: [String]

  /// Reads `target_modules`, `exclude_modules`, `layers_to_transform` and `layers_pattern`.
  init(_ reader: JSONReader) throws(JSONMemberError) {
    switch reader["target_modules"] {
    case nil: targets = .unstated
    case .string(let text) where text.lowercased() == "all-linear": targets = .allLinear
    case .string(let text): targets = .pattern(try ModulePattern(text, reader, "target_modules"))
    default: targets = .names(try reader.optionalStrings("target_modules") ?? [])
    }
    if case .string(let text) = reader["exclude_modules"] {
      excludedNames = []
      excludedPattern = try ModulePattern(text, reader, "exclude_modules")
    } else {
      excludedNames = try reader.optionalStrings("exclude_modules") ?? []
      excludedPattern = nil
    }
    if case .integer(let layer) = reader["layers_to_transform"] {
      layers = [layer]
    } else {
      let list = try reader.optionalIntegers("layers_to_transform") ?? []
      layers = list.isEmpty ? nil : list
    }
    if case .string(let parent) = reader["layers_pattern"] {
      layerParents = parent.isEmpty ? [] : [parent]
    } else {
      layerParents = try reader.optionalStrings("layers_pattern") ?? []
    }
  }

  /// Whether a linear layer is targeted; `isHead` excludes the output's from `all-linear`.
  func contains(_ module: String, isHead: Bool) -> Bool {
    if excludedNames.contains(where: { isName($0, of: module) }) || excludedPattern?.matches(module) == true {
      return false
    }
    switch targets {
    case .unstated: return false
    case .allLinear: return !isHead && isInLayers(module)
    case .pattern(let pattern): return pattern.matches(module)
    case .names(let names):
      return names.contains(module) || (names.contains { isName($0, of: module) } && isInLayers(module))
    }
  }

  /// Whether the configuration says anything about targets.
  var isStated: Bool { if case .unstated = targets { false } else { true } }

  private func isName(_ name: String, of module: String) -> Bool { module == name || module.hasSuffix(".\(name)") }

  /// Whether the module's layer is among those to transform: the first number after a component of two (`layers.3.`).
  private func isInLayers(_ module: String) -> Bool {
    guard let layers else { return true }
    let parts = module.split(separator: ".")
    for (index, part) in parts.enumerated().dropLast() where index > 0 {
      guard let number = Int(part), layerParents.isEmpty ? index > 1 : layerParents.contains(String(parts[index - 1]))
      else { continue }
      return layers.contains(number)
    }
    return false
  }
}

/// A pattern of module paths from a file.
struct ModulePattern: Sendable {
  private let text: String

  /// Takes a pattern; an error names the member it stands in.
  init(_ text: String, _ reader: JSONReader, _ name: String) throws(JSONMemberError) {
    self.text = text
    guard text.unicodeScalars.allSatisfy({ $0 == "." || $0 == "_" || $0 == "-" || $0.properties.isAlphabetic || $0.properties.numericType != nil }) else {
      throw reader.error(name, "regular expressions are not supported here; list the modules by name")
    }
  }

  /// Whether the whole path matches.
  func matches(_ module: String) -> Bool { module == text }

  /// Whether the path's last components match, as in `re.match("(.*\.)?(KEY)$", module)`.
  func matchesEnd(of module: String) -> Bool { module == text || module.hasSuffix(".\(text)") }
}
