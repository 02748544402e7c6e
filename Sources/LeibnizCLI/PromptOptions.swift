import ArgumentParser
import Foundation
import Leibniz

/// Where the prompts are and how they are cut.
struct PromptOptions: ParsableArguments {
  @Option(
    help: "The prompts, a JSON object a line; - reads them from standard input.",
    completion: .file(extensions: ["jsonl"]))
  var prompts: String

  @Option(help: "A text whose last occurrence separates before from after; 'none' for a single region.")
  var separator: String?

  @Option(
    name: .customLong("separator-ids"), help: "Token ids whose last occurrence is the separator: 15 or 15,7.")
  var separatorIDs: String?

  @Flag(
    name: .customLong("allow-missing-separator"),
    help: "Go on where the separator is in no prompt: all tokens are then before it.")
  var allowsMissing = false

  func validate() throws {
    if separator?.isEmpty == true { throw ValidationError("--separator is empty.") }
    if separator != nil, separatorIDs != nil {
      throw ValidationError("--separator and --separator-ids say the same thing; give one.")
    }
    switch try rule() {
    case .text, .tokens: break
    case .fromFile, .none:
      if allowsMissing { throw ValidationError("--allow-missing-separator goes with --separator or --separator-ids.") }
    }
  }

  /// The prompts: a file, or standard input, which is read here and once.
  func source() throws -> PromptSource {
    guard CommandFiles.isStandardInput(prompts) else { return .file(URL(fileURLWithPath: prompts)) }
    return .lines(try CommandFiles.standardInput(), name: CommandFiles.standardInputName)
  }

  /// Where a prompt's regions come from when its line does not say.
  func rule() throws -> Separator {
    if let separatorIDs {
      let parts = separatorIDs.split(separator: ",", omittingEmptySubsequences: false)
      let ids = parts.compactMap { Int($0.trimmingCharacters(in: .whitespaces)) }
      guard ids.count == parts.count else {
        throw ValidationError("--separator-ids takes token ids with commas between them, as in 15,7.")
      }
      return .tokens(ids)
    }
    guard let separator else { return .fromFile }
    return separator == "none" ? .none : .text(separator)
  }
}
