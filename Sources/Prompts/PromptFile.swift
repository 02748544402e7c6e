import Files
import Fingerprints
import Foundation
import StrictJSON

/// The prompts of a JSON Lines file (docs/method.md, "Prompts").
public struct PromptFile: Sendable, Equatable {
  /// The prompts in file order.
  public var prompts: [Prompt]
  /// Names of their regions in the order of their first appearance, `before` ahead of `after`.
  public var regionNames: [String]
  /// How many lines have a separator or regions of their own, which go before what is searched for.
  public private(set) var linesWithOwn = 0
  /// In how many other lines a separator was searched for and not found.
  public private(set) var linesWithout = 0
  /// What a reader has to know of how texts became tokens, a sentence each.
  public var notes: [String] = []
  /// SHA-256 over ids, tokens, separators, regions, masks, positions and loss masks, as lower-case hexadecimal digits.
  public var fingerprint: String

  /// What a line is read against.
  public struct Context: Sendable {
    /// Number of token ids that the model knows.
    public var vocabularySize: Int
    /// Where regions come from when a line does not say.
    public var separator: SeparatorRule
    /// What the model does with `token_type_ids`.
    public var tokenTypes: TokenTypes
    /// Turns text into tokens; nil where there is no tokenizer.
    public var encode: (@Sendable (_ text: String, _ separator: String?) throws -> EncodedText)?
    /// Why there is no tokenizer, and what to do.
    public var missingTokenizer: String

    /// A context.
    public init(
      vocabularySize: Int, separator: SeparatorRule, tokenTypes: TokenTypes = .unused,
      encode: (@Sendable (_ text: String, _ separator: String?) throws -> EncodedText)? = nil,
      missingTokenizer: String = "text needs a tokenizer; give the prompt as \"input_ids\""
    ) {
      self.vocabularySize = vocabularySize
      self.separator = separator
      self.tokenTypes = tokenTypes
      self.encode = encode
      self.missingTokenizer = missingTokenizer
    }
  }

  /// The token ids of a text, and the index of the token with which the separator begins, if it is there.
  public typealias EncodedText = (tokens: [Int], separator: Int?)

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
    try read(bytes(of: url), file: url.relativePath, context)
  }

  /// The bytes of a file.
  /// - Throws: ``PromptError/unreadable(file:reason:)``.
  public static func bytes(of url: URL) throws(PromptError) -> [UInt8] {
    do { return try readFile(url) } catch { throw .unreadable(file: url.relativePath, reason: error.reason) }
  }

  /// Reads the bytes of a file.
  /// - Parameter file: Its name, for messages.
  /// - Throws: ``PromptError`` with the number of the line that is wrong.
  public static func read(_ bytes: [UInt8], file: String, _ context: Context) throws(PromptError) -> PromptFile {
    var prompts: [Prompt] = []
    var (linesWithOwn, linesWithout) = (0, 0)
    var spellings = RegionSpellings()
    for line in JSONLine.lines(of: bytes) {
      do throws(PromptLineError) {
        let line = try PromptLine(line)
        let prompt = try line.prompt(context)
        if let problem = spellings.problem(adding: prompt.regions) { throw PromptLineError(message: problem) }
        prompts.append(prompt)
        if line.hasOwnRegions {
          linesWithOwn += 1
        } else if prompt.separator == nil, context.separator != .none {
          linesWithout += 1
        }
      } catch { throw .line(file: file, line: line.number, message: error.message) }
    }
    guard !prompts.isEmpty else { throw .empty(file: file) }
    var result = PromptFile(prompts: prompts)
    (result.linesWithOwn, result.linesWithout) = (linesWithOwn, linesWithout)
    return result
  }

  private static func fingerprint(_ prompts: [Prompt]) -> String {
    var fingerprint = Fingerprint()
    for prompt in prompts {
      let regions = prompt.regions.map { "\($0.name.debugDescription) \($0.start) \($0.end)" }
      let separator = prompt.separator.map(String.init) ?? "-"
      let mask = prompt.mask.map { "\($0.map(\.bitPattern))" } ?? "-"
      // Only where there are some, so that prompts without have the fingerprint they always had.
      let positions = prompt.positionIDs.map { " \($0)" } ?? ""
      let judged = prompt.lossMask.map { " judged \($0.map { $0 ? 1 : 0 })" } ?? ""
      fingerprint.add(
        "\(prompt.id.debugDescription) \(prompt.tokens) \(separator) \(regions) \(mask)\(positions)\(judged)\n")
    }
    return fingerprint.hexadecimal()
  }
}
