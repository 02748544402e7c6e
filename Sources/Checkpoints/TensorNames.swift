import Architectures

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

  /// Finds the spelling under which the token table is found, or the final norm where the table stands under a tied
  /// head's name.
  init(_ description: ModelDescription, among names: some Collection<String>) {
    let names = Set(names)
    let table = description.embedding.tokens.module
    let prefix = String(table.prefix(through: table.firstIndex(of: ".") ?? table.startIndex))
    let landmarks = ([table] + description.finalNorm.modules).filter { $0.hasPrefix(prefix) }
      .map { "\($0.dropFirst(prefix.count)).weight" }
    let candidates = landmarks.flatMap { landmark in Self.spellings(of: prefix).map { ($0, $0 + landmark) } }
    canonical = prefix
    stored = candidates.first { names.contains($0.1) }?.0 ?? prefix
    headPrefix = stored.hasPrefix("language_model.") ? "language_model." : ""
    let old = description.renamedPrefixes.filter { prefix in names.contains { $0.hasPrefix(prefix.key) } }
    renamed = Dictionary(old.map { ($0.value, $0.key) }) { min($0, $1) }
  }

  private static func spellings(of prefix: String) -> [String] {
    [prefix, "", "language_model.\(prefix)", "\(prefix)language_model.", "language_model."]
  }

  /// The name in the file of a module or tensor of the description.
  func stored(_ name: String) -> String {
    if let prefix = renamed.keys.first(where: name.hasPrefix), let old = renamed[prefix] {
      return old + name.dropFirst(prefix.count)
    }
    return name.hasPrefix(canonical) ? stored + name.dropFirst(canonical.count) : headPrefix + name
  }

  /// The path in the description of a module or tensor of the file; nil where it belongs to something else.
  func canonical(_ name: String) -> String? {
    for (prefix, old) in renamed where name.hasPrefix(old) { return prefix + name.dropFirst(old.count) }
    if name.hasPrefix(headPrefix + "lm_head.") { return String(name.dropFirst(headPrefix.count)) }
    return name.hasPrefix(stored) ? canonical + name.dropFirst(stored.count) : nil
  }

  /// Whether a name of the file stands under the inner model's own prefix, where nothing else belongs.
  func isInsidePrefix(_ name: String) -> Bool { !stored.isEmpty && name.hasPrefix(stored) }
}
