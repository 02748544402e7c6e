import Checkpoints
import PairedForward
import Prompts

/// Where the adapter acts (docs/method.md, "Masks").
public enum MaskRule: String, Sendable, CaseIterable {
  /// A prompt's own mask if it has one; else from the last invocation sequence of an Activated LoRA on; else everywhere.
  case auto
  /// Everywhere.
  case none
  /// From the separator on, for every changed weight.
  case after
}

/// A prompt's mask, and what is to be told of it.
struct ResolvedMask: Sendable {
  /// Where the change acts.
  var mask: ChangeMask
  /// The first token at which the adapter acts, by the mask it was given; nil for none.
  var activeFrom: Int?
  /// Whether the invocation sequence of an Activated LoRA was looked for and not found.
  var lacksInvocation = false
  /// Whether any token is left out.
  var isPartial: Bool { (mask.general.lowRank + mask.general.other).contains { $0 != 1 } }

  /// The mask of a prompt.
  /// - Throws: ``AnalysisError/maskNeedsSeparator(prompt:)``.
  init(_ rule: MaskRule, prompt: Prompt, adaptation: Adaptation) throws(AnalysisError) {
    let count = prompt.tokens.count
    var weights = TokenMask(everywhere: count)
    switch rule {
    case .none: break
    case .after:
      guard let separator = prompt.separator else { throw .maskNeedsSeparator(prompt: prompt.id) }
      weights.lowRank = Self.suffix(from: separator, count)
      weights.other = weights.lowRank
    case .auto:
      if let own = prompt.mask {
        weights = TokenMask(lowRank: own, other: own)
      } else if let sequence = adaptation.invocationTokens {
        let start = prompt.tokens.lastOccurrence(of: sequence)
        lacksInvocation = start == nil
        weights.lowRank = Self.suffix(from: start ?? count, count)
      }
    }
    mask = ChangeMask(general: weights)
    activeFrom = weights.lowRank.firstIndex { $0 > 0 }
  }

  private static func suffix(from start: Int, _ count: Int) -> [Float] {
    (0..<count).map { $0 < start ? 0 : 1 }
  }
}

extension [Int] {
  /// Where a sequence begins for the last time.
  func lastOccurrence(of sequence: [Int]) -> Int? {
    guard !sequence.isEmpty, sequence.count <= count else { return nil }
    return (0...count - sequence.count).last { self[$0..<$0 + sequence.count].elementsEqual(sequence) }
  }
}
