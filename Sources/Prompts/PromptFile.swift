import Crypto
import Foundation
import StrictJSON

/// The prompts of a JSON Lines file (definitions, section 11).
public struct PromptFile: Sendable, Equatable {
  /// The prompts in file order.
  public var prompts: [Prompt]
  /// Names of their regions in the order of their first appearance, `before` ahead of `after`.
  public var regionNames: [String]
  /// SHA-256 over ids, tokens, separators, regions and masks, as lower-case hexadecimal digits.
  public var fingerprint: String

  /// What a line is read against.
  public struct Context: Sendable {
    /// Number of token ids that the model knows.
    public var vocabularySize: Int
    /// Where regions come from when a line does not say.
    public var separator: SeparatorRule
    /// Turns text into tokens; nil where there is no tokenizer, with the reason.
    public var encode: (@Sendable (String) throws -> [Int])?
    /// Finds the separator in a text and its tokens; without it a text's separator is looked for as in token ids.
    public var findSeparator: (@Sendable (_ text: String, _ tokens: [Int]) throws -> Int?)?
    /// Why there is no tokenizer, and what to do.
    public var missingTokenizer: String

    /// A context.
    public init(
      vocabularySize: Int, separator: SeparatorRule, encode: (@Sendable (String) throws -> [Int])? = nil,
      findSeparator: (@Sendable (_ text: String, _ tokens: [Int]) throws -> Int?)? = nil,
      missingTokenizer: String = "text needs a tokenizer; give the prompt as \"input_ids\""
    ) {
      self.vocabularySize = vocabularySize
      self.separator = separator
      self.encode = encode
      self.findSeparator = findSeparator
      self.missingTokenizer = missingTokenizer
    }
  }

  /// Prompts that were made elsewhere.
  public init(prompts: [Prompt]) {
    self.prompts = prompts
    var names: [String] = []
    for region in prompts.flatMap(\.regions) where !names.contains(region.name) { names.append(region.name) }
    // A prompt that begins with its separator must not turn the usual order round.
    if let before = names.firstIndex(of: "before"), let after = names.firstIndex(of: "after"), after < before {
      names.swapAt(before, after)
    }
    regionNames = names
    fingerprint = Self.fingerprint(prompts)
  }

  /// Reads a file.
  /// - Throws: ``PromptError`` with the number of the line that is wrong.
  public static func read(_ url: URL, _ context: Context) throws(PromptError) -> PromptFile {
    let file = url.relativePath
    let data: Data
    do { data = try Data(contentsOf: url) } catch {
      throw .unreadable(file: file, reason: error.localizedDescription)
    }
    var prompts: [Prompt] = []
    let lines = data.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    for (index, line) in lines.enumerated() {
      let bytes = Array(line)
      guard !bytes.allSatisfy({ $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }) else { continue }
      do {
        prompts.append(try PromptLine(bytes, number: index + 1).prompt(context))
      } catch { throw .line(file: file, line: index + 1, message: error.message) }
    }
    guard !prompts.isEmpty else { throw .empty(file: file) }
    return PromptFile(prompts: prompts)
  }

  private static func fingerprint(_ prompts: [Prompt]) -> String {
    var hash = SHA256()
    for prompt in prompts {
      let regions = prompt.regions.map { "\($0.name.debugDescription) \($0.start) \($0.end)" }
      let separator = prompt.separator.map(String.init) ?? "-"
      let mask = prompt.mask.map { "\($0.map(\.bitPattern))" } ?? "-"
      hash.update(data: Data("\(prompt.id.debugDescription) \(prompt.tokens) \(separator) \(regions) \(mask)\n".utf8))
    }
    return hash.finalize().map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
  }
}
