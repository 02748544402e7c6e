import Foundation
import Synchronization
import Tokenization

/// The tokenizer of a pair's texts, read when it is first needed: the adapter's where its folder has one that differs from the
/// base's, and the base's otherwise.
final class TextTokenizer: Sendable {
  private let base: URL
  private let adapted: URL
  private let loadedOnce = Mutex<Loaded?>(nil)

  /// A tokenizer, and whose it is.
  struct Loaded: Sendable {
    package var tokenizer: Tokenizer
    /// Its tokenizer.json, as "adapter/tokenizer.json".
    package var name: String
    /// Whether it is the adapter's and differs from the base's.
    var isOfAdapter: Bool
    /// Files of the adapter's folder that add tokens and are not read since there is no tokenizer.json beside them.
    package var unread: [String]
  }

  /// The tokenizers of two folders.
  package init(base: URL, adapted: URL) {
    self.base = base
    self.adapted = adapted
  }

  /// Why there is no tokenizer.
  package struct Missing: Error, CustomStringConvertible {
    package var folder: String
    package var description: String {
      """
      \(folder): there is no tokenizer.json, which text needs. Add the model's own, or give prompts as "input_ids" and the \
      separator as --separator-ids.
      """
    }
  }

  /// The tokenizer.
  /// - Throws: ``Missing`` or `TokenizationError`.
  package func loaded() throws -> Loaded {
    try loadedOnce.withLock { kept in
      if let kept { return kept }
      let loaded = try load()
      kept = loaded
      return loaded
    }
  }

  /// What a reader has to know of the tokens of texts; nothing where no text was read, or where the base's tokenizer.json says all.
  package var notes: [String] { loadedOnce.withLock { $0?.notes ?? [] } }

  private func load() throws -> Loaded {
    let files = try TokenizerFiles(folder: base)
    if let own = try TokenizerFiles(folder: adapted) {
      if files.map({ !own.hasSameContents(as: $0) }) ?? true {
        return Loaded(
          tokenizer: try Tokenizer(own), name: Self.name(adapted), isOfAdapter: true, unread: [])
      }
    }
    guard let files else { throw Missing(folder: base.relativePath) }
    return Loaded(
      tokenizer: try Tokenizer(files), name: Self.name(base), isOfAdapter: false,
      unread: try TokenizerFiles.filesWithoutTokenizer(in: adapted))
  }

  private static func name(_ folder: URL) -> String { "\(folder.modelName)/tokenizer.json" }
}

extension TextTokenizer.Loaded {
  fileprivate var notes: [String] {
    var notes: [String] = []
    let additions = tokenizer.additionsInWords.map { ", to which the files beside it add \($0)" } ?? ""
    if isOfAdapter {
      notes.append("Texts became tokens by \(name), which differs from the base's\(additions).")
    } else if !additions.isEmpty {
      notes.append("Texts became tokens by \(name)\(additions).")
    }
    if !unread.isEmpty {
      notes.append(
        "Texts became tokens by \(name): the adapter's folder has \(unread.joined(separator: ", ")) without a tokenizer.json."
      )
    }
    if tokenizer.splitsSpecialTokens {
      notes.append("Special tokens in texts are ordinary text, as split_special_tokens in tokenizer_config.json says.")
    }
    return notes + tokenizer.warnings.map { "\(name): \($0)." }
  }
}
