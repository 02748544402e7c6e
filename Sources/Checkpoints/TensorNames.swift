import Architectures
import StrictJSON

/// How the names in a file relate to the module paths of a description.
///
/// Checkpoints of one architecture come with and without the prefix of their inner model (`model.`, `transformer.`,
/// `gpt_neox.`), and inside a multimodal model with one more (`language_model.`).
struct TensorNames: Sendable {
  /// Prefix of the modules in the description, with its dot: "model.".
  private let canonical: String
  /// What stands in its place in the file.
  private let stored: String
  /// What stands before the head in the file: "" or "language_model.".
  private let headPrefix: String
  /// Older prefixes in the file by those of the description: "lm_head." → "embed_out.".
  private let renamed: [String: String]
  /// Other components within paths that the file has.
  private let components: [RenamedComponents]

  /// Finds the spelling under which the token table is found, or the final norm where the table stands under a tied
  /// head's name.
  init(_ description: ModelDescription, among names: Set<Name>) {
    let table = description.embedding.tokens.module
    let prefix = description.innerPrefix
    let landmarks = ([table] + description.finalNorm.modules).compactMap { $0.rest(after: prefix) }
    let candidates = landmarks.flatMap { landmark in Self.spellings(of: prefix).map { ($0, "\($0)\(landmark).weight") }
    }
    canonical = prefix
    if let found = candidates.first(where: { names.contains(Name($0.1)) })?.0 {
      stored = found
      let isPlain = names.contains(Name("\(description.head.linear.module).weight"))
      headPrefix = found.begins(with: "language_model.") && !isPlain ? "language_model." : ""
    } else {
      stored = landmarks.lazy.compactMap { Self.wrapping($0, among: names) }.first ?? prefix
      headPrefix = Self.wrapping(description.head.linear.module, among: names) ?? ""
    }
    let old = description.renamedPrefixes.filter { prefix in names.contains { $0.text.begins(with: prefix.key) } }
    renamed = Dictionary(old.map { ($0.value, $0.key) }) { min($0, $1) }
    components = description.renamedComponents.filter { pair in
      names.contains { $0.text.replacing(pair.stored, by: pair.own) != nil }
    }
  }

  private static func spellings(of prefix: String) -> [String] {
    [prefix, "", "language_model.\(prefix)", "\(prefix)language_model.", "language_model."]
  }

  /// What compilers, trainers and outer models put before a module, where it stands under no usual name.
  private static func wrapping(_ module: String, among names: Set<Name>) -> String? {
    let ending = ".\(module).weight"
    let prefixes = names.compactMap { $0.text.rest(before: ending) }
    let found = prefixes.filter { $0.components.allSatisfy(AdapterModulePaths.isAround) }
    return found.min { $0.utf8.count < $1.utf8.count }.map { $0 + "." }
  }

  /// The name in the file of a module or tensor of the description.
  func stored(_ name: String) -> String {
    let name = components.reduce(name) { $0.replacing($1.own, by: $1.stored) ?? $0 }
    for (prefix, old) in renamed { if let rest = name.rest(after: prefix) { return old + rest } }
    return name.rest(after: canonical).map { stored + $0 } ?? headPrefix + name
  }

  /// The path in the description of a module or tensor of the file; nil where it belongs to something else.
  func canonical(_ name: String) -> String? {
    let name = components.reduce(name) { $0.replacing($1.stored, by: $1.own) ?? $0 }
    for (prefix, old) in renamed { if let rest = name.rest(after: old) { return prefix + rest } }
    if name.begins(with: headPrefix + "lm_head.") { return name.rest(after: headPrefix) }
    return name.rest(after: stored).map { canonical + $0 }
  }

  /// Whether a name of the file stands under the inner model's own prefix, where nothing else belongs.
  func isInsidePrefix(_ name: String) -> Bool { !stored.isEmpty && name.begins(with: stored) }
}

extension String {
  /// The path with some components that follow one another replaced by others; nil where it has none such.
  func replacing(_ old: String, by new: String) -> String? {
    let (parts, old) = (components, old.components)
    guard let first = old.first, parts.count >= old.count else { return nil }
    for start in 0...parts.count - old.count where parts[start].isSpelled(first) {
      guard zip(parts[start...], old).allSatisfy({ $0.isSpelled($1) }) else { continue }
      return (parts[..<start] + [new] + parts[(start + old.count)...]).joined(separator: ".")
    }
    return nil
  }
}
