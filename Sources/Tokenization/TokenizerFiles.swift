import Files
import Foundation
import StrictJSON

/// The files of a folder that say how text becomes tokens: tokenizer.json, and those beside it that add tokens.
package struct TokenizerFiles: Sendable {
  /// The path of tokenizer.json, as the folder was given.
  package let path: String
  let tokenizer: [UInt8]
  /// The files that are there.
  let beside: [Beside: [UInt8]]

  /// A file beside tokenizer.json.
  enum Beside: String, CaseIterable, Sendable {
    case configuration = "tokenizer_config.json"
    case specialTokens = "special_tokens_map.json"
    case addedTokens = "added_tokens.json"
  }

  /// The files of a folder; nil where there is no tokenizer.json.
  /// - Throws: ``TokenizationError/unreadable(file:reason:)``.
  package init?(folder: URL) throws(TokenizationError) {
    guard let tokenizer = try Self.bytes("tokenizer.json", in: folder) else { return nil }
    self.tokenizer = tokenizer
    path = folder.appendingPathComponent("tokenizer.json").relativePath
    var beside: [Beside: [UInt8]] = [:]
    for file in Beside.allCases { beside[file] = try Self.bytes(file.rawValue, in: folder) }
    self.beside = beside
  }

  private static func bytes(_ name: String, in folder: URL) throws(TokenizationError) -> [UInt8]? {
    let file = folder.appendingPathComponent(name)
    do { return try readFile(file) } catch {
      if error.isMissing { return nil }
      throw .unreadable(file: file.relativePath, reason: error.reason)
    }
  }

  /// The names of the files in a folder that would add tokens if there were a tokenizer.json beside them.
  package static func filesWithoutTokenizer(in folder: URL) throws(TokenizationError) -> [String] {
    guard try bytes("tokenizer.json", in: folder) == nil else { return [] }
    var names: [String] = []
    for file in Beside.allCases where try bytes(file.rawValue, in: folder) != nil { names.append(file.rawValue) }
    return names
  }

  /// The path of a file beside tokenizer.json, for messages.
  func path(of file: Beside) -> String {
    URL(fileURLWithPath: path).deletingLastPathComponent().appendingPathComponent(file.rawValue).relativePath
  }

  /// Whether both hold the same bytes, so that texts become the same tokens.
  package func hasSameContents(as other: TokenizerFiles) -> Bool {
    tokenizer == other.tokenizer && beside == other.beside
  }
}

extension TokenizerFiles {
  /// The added tokens whose ids are not below a number, by their ids as the files state them.
  /// - Throws: ``TokenizationError`` naming a file that is malformed.
  package func addedTokens(from first: Int) throws(TokenizationError) -> [(token: String, id: Int)] {
    var tokens: [Int: String] = [:]
    do {
      let reader = try JSONReader(file: path, bytes: tokenizer)
      for token in try reader.optionalObjects("added_tokens") ?? [] {
        tokens[try token.integer("id")] = try token.string("content")
      }
      for (file, bytes) in beside where file != .specialTokens {
        var added = try JSONReader(file: self.path(of: file), bytes: bytes)
        if file == .configuration {
          guard let decoder = try added.optionalObject("added_tokens_decoder") else { continue }
          added = decoder
        }
        for (name, _) in added.object.members {
          if file == .addedTokens { tokens[try added.integer(name)] = name }
          if file == .configuration, let id = Int(name), let token = try added.optionalObject(name) {
            tokens[id] = try token.string("content")
          }
        }
      }
    } catch { throw .invalid(error) }
    return tokens.filter { $0.key >= first }.sorted { $0.key < $1.key }.map { ($0.value, $0.key) }
  }
}

extension Tokenizer {
  /// Reads a folder's files as transformers' `TokenizersBackend` does.
  /// - Throws: ``TokenizationError`` naming the file and the member that is malformed or not supported.
  package init(_ files: TokenizerFiles) throws(TokenizationError) {
    try self.init(tokenizerJSON: files.tokenizer, file: files.path)
    do { try add(AddedTokenFiles(files, tokenizer: self), files) } catch { throw .invalid(error) }
  }

  private mutating func add(_ files: AddedTokenFiles, _ origin: TokenizerFiles) throws(JSONMemberError) {
    let before = addedTokens
    let given = try addedTokens.add(
      files.entries, vocabulary: model.vocabulary, file: origin.path, place: "with the files beside it")
    warnings += files.warnings
    if files.splitsSpecials { addedTokens.splitSpecials() }
    splitsSpecialTokens = files.splitsSpecials
    for (entry, id) in zip(files.entries.filter { !$0.content.text.isEmpty }, given) {
      let isNew = before.id(of: entry.content.text) == nil
      addedBeside.append(Addition(token: entry.content.text, id: Int(id), isNew: isNew))
      if let stated = files.statedIDs[entry.content], stated != Int(id) {
        warnings.append("\(entry.content) gets the id \(id), as in transformers, though a file gives it \(stated)")
      }
    }
  }
}
