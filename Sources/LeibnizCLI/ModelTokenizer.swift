import Checkpoints
import Files
import Foundation
import Tokenization

/// The tokenizer at a path that is a model's or an adapter's folder, or a tokenizer.json itself. Says on stderr what a user would not
/// expect of it.
func tokenizer(ofModelAt path: String) throws -> Tokenizer {
  let found = try ModelTokenizer(path: path)
  for note in found.notes { complain(note) }
  return found.tokenizer
}

/// The tokenizer of a folder or a file.
struct ModelTokenizer {
  /// The tokenizer.
  let tokenizer: Tokenizer
  /// Its tokenizer.json.
  let file: String
  /// Whether it is that of the base which an adapter's folder names.
  let isOfBase: Bool

  /// - Throws: ``WrongInput`` where there is none.
  init(path: String) throws {
    let url = try modelFolder(path)
    guard CommandFiles.isFolder(url.path) else {
      (tokenizer, isOfBase, file) = (try Self.tokenizer(inFile: url), false, url.relativePath)
      return
    }
    if let files = try TokenizerFiles(folder: url) {
      (tokenizer, isOfBase, file) = (try Tokenizer(files), false, files.path)
      return
    }
    let bases = Self.bases(ofAdapterIn: url)
    for base in bases {
      guard let files = try TokenizerFiles(folder: base) else { continue }
      (tokenizer, isOfBase, file) = (try Tokenizer(files), true, files.path)
      return
    }
    let places = ([path] + bases.map(\.relativePath)).joined(separator: " or ")
    throw WrongInput(
      "There is no tokenizer.json in \(places). MODEL is a folder with a tokenizer.json, or such a file.")
  }

  /// A tokenizer.json with what lies beside it, or a file of another name alone.
  private static func tokenizer(inFile file: URL) throws -> Tokenizer {
    if file.lastPathComponent == "tokenizer.json",
      let files = try TokenizerFiles(folder: file.deletingLastPathComponent())
    {
      return try Tokenizer(files)
    }
    let bytes: [UInt8]
    do { bytes = try readFile(file) } catch {
      throw WrongInput(
        "\(file.relativePath): cannot be read: \(error). MODEL is a folder with a tokenizer.json, or such a file.")
    }
    return try Tokenizer(tokenizerJSON: bytes, file: file.relativePath)
  }

  /// Where the base of an adapter may lie: where its configuration says, or beside it under the same name.
  private static func bases(ofAdapterIn folder: URL) -> [URL] {
    guard let name = (try? FolderInspection(folder: folder))?.baseName, !name.isEmpty else { return [] }
    let named = (try? modelFolder(name)) ?? URL(fileURLWithPath: name)
    let beside = folder.deletingLastPathComponent().appendingPathComponent(named.lastPathComponent)
    return named.standardizedFileURL == beside.standardizedFileURL ? [named] : [named, beside]
  }

  /// Sentences about what is not plain.
  var notes: [String] {
    var notes: [String] = []
    if isOfBase { notes.append("tokenizer: the base's, \(file)") }
    if let additions = tokenizer.additionsInWords {
      notes.append("tokenizer: the files beside \(file) add \(additions)")
    }
    if tokenizer.splitsSpecialTokens {
      notes.append("tokenizer: special tokens in texts are ordinary text, as split_special_tokens says")
    }
    return notes + tokenizer.warnings.map { "warning: \(file): \($0)." }
  }

  /// What it is, in a line.
  var summary: String {
    let additions = tokenizer.additionsInWords.map { "; beside it \($0)" } ?? ""
    let split = tokenizer.splitsSpecialTokens ? "; splits special tokens" : ""
    let name = isOfBase ? "the base's, \(file)" : "tokenizer.json"
    return name + additions + split + tokenizer.warnings.map { "; \($0)" }.joined()
  }
}
