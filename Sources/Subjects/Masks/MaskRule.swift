import Checkpoints
import PairedForward
import Prompts
import Vocabulary

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
package struct ResolvedMask: Sendable {
  /// Where the change acts.
  package var mask: ChangeMask
  /// The first token at which the adapter acts, by the mask it was given; nil for none.
  package var activeFrom: Int?
  /// Whether the invocation sequence of an Activated LoRA was looked for and not found.
  var lacksInvocation = false
  /// Whether any token is left out.
  var isPartial: Bool {
    ([mask.general] + mask.sites.values).contains { ($0.lowRank + $0.other).contains { $0 != 1 } }
  }

  /// The mask of a prompt.
  /// - Throws: ``AnalysisError/maskNeedsSeparator(prompt:)``.
  package init(_ plan: MaskPlan, prompt: Prompt, adaptation: Adaptation) throws(AnalysisError) {
    let general = try Self.weights(plan.general, prompt, adaptation)
    var sites: [Site: TokenMask] = [:]
    for (site, place) in plan.sites {
      let rule = MaskRule(rawValue: place.rawValue)
      sites[site] =
        try rule.map { rule throws(AnalysisError) in try Self.weights(rule, prompt, adaptation).mask }
        ?? TokenMask(nowhere: prompt.tokens.count)
    }
    lacksInvocation = general.lacksInvocation
    mask = ChangeMask(general: general.mask, sites: sites)
    let all = [general.mask] + sites.values
    activeFrom = prompt.tokens.indices.first { token in all.contains { $0.lowRank[token] > 0 } }
  }

  private static func weights(
    _ rule: MaskRule, _ prompt: Prompt, _ adaptation: Adaptation
  ) throws(AnalysisError) -> (mask: TokenMask, lacksInvocation: Bool) {
    let count = prompt.tokens.count
    switch rule {
    case .none: return (TokenMask(everywhere: count), false)
    case .after:
      guard let separator = prompt.separator else { throw .maskNeedsSeparator(prompt: prompt.id) }
      let weights = suffix(from: separator, count)
      return (TokenMask(lowRank: weights, other: weights), false)
    case .auto:
      if let own = prompt.mask { return (TokenMask(lowRank: own, other: own), false) }
      var mask = TokenMask(everywhere: count)
      guard let sequence = adaptation.invocationTokens else { return (mask, false) }
      let start = prompt.tokens.lastOccurrence(of: sequence)
      mask.lowRank = suffix(from: start ?? count, count)
      return (mask, start == nil)
    }
  }

  private static func suffix(from start: Int, _ count: Int) -> [Float] {
    (0..<count).map { $0 < start ? 0 : 1 }
  }
}

extension TokenMask {
  /// No change acts on any of so many tokens.
  fileprivate init(nowhere count: Int) {
    self.init(lowRank: Array(repeating: 0, count: count), other: Array(repeating: 0, count: count))
  }
}

extension [Int] {
  /// Where a sequence begins for the last time.
  func lastOccurrence(of sequence: [Int]) -> Int? {
    guard !sequence.isEmpty, sequence.count <= count else { return nil }
    return (0...count - sequence.count).last { self[$0..<$0 + sequence.count].elementsEqual(sequence) }
  }
}
