import Foundation
import Prompts
extension PromptFile {
  static func read(_ url: URL, for pair: ModelPair, separator: Separator) throws -> PromptFile { try .temporary(url) }
}
