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

  /// The spelling under which the token table (or, failing that, nothing) is found.
  init(_ description: ModelDescription, among names: some Collection<String>) {
    let table = description.embedding.tokens.module
    let split = table.firstIndex(of: ".").map { table.index(after: $0) } ?? table.startIndex
    let prefix = String(table[..<split])
    let rest = table[split...]
    let names = Set(names)
    canonical = prefix
    stored =
      Self.spellings(of: prefix).first { names.contains("\($0)\(rest).weight") } ?? prefix
    headPrefix = stored.hasPrefix("language_model.") ? "language_model." : ""
    let old = description.renamedPrefixes.filter { prefix in names.contains { $0.hasPrefix(prefix.key) } }
    renamed = Dictionary(old.map { ($0.value, $0.key) }) { first, _ in first }
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
}
