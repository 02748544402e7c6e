import Architectures
import Checkpoints
import LinearAlgebra

/// Which tokens the runs of a pass predict, where adaptations have other vocabularies than the base.
struct HeadVocabulary: Sendable {
  /// Tokens that the base has, or that one adaptation alone has.
  struct Slice: Sendable {
    var tokens: Range<Int>
    /// The adaptation that alone has them; nil for tokens of the base.
    var owner: Int?
  }

  private let baseRows: Int
  /// By adaptation.
  private let headRows: [Int]
  /// By adaptation, the first one of the same adapted model: runs under several masks have the same new tokens.
  private let owners: [Int]
  /// By run.
  private let adaptationOfRun: [Int]
  /// By run and prompt, those of its origin; empty where all vocabularies are the base's.
  private let masks: [[ChangeMask]]

  init(_ head: Linear, _ runs: [ChangeRun], _ adaptations: AdaptationList) {
    baseRows = head.outputs
    headRows = adaptations.all.map { $0.vocabulary?.headRows ?? head.outputs }
    let fingerprints = adaptations.all.map(\.fingerprint)
    owners = fingerprints.enumerated().map { number, own in fingerprints.firstIndex(of: own) ?? number }
    adaptationOfRun = adaptations.ofRun
    let differs = headRows.contains { $0 != head.outputs }
    masks = differs ? runs.map { Self.masks(of: $0, in: runs) } : []
  }

  private static func masks(of run: ChangeRun, in runs: [ChangeRun]) -> [ChangeMask] {
    switch run.origin {
    case .adaptation(_, let masks): masks
    case .fork(let origin): Self.masks(of: runs[origin], in: runs)
    }
  }

  /// All tokens in pieces, none of which a vocabulary has in part; those of the base first.
  func slices(of length: Int) -> [Slice] {
    let ends = Set([baseRows] + headRows.filter { (1..<baseRows).contains($0) }).sorted()
    let shared = zip([0] + ends, ends).flatMap { ($0..<$1).pieces(of: length) }.map { Slice(tokens: $0) }
    return shared
      + Set(owners).sorted().flatMap { owner in
        (baseRows..<max(headRows[owner], baseRows)).pieces(of: length).map { Slice(tokens: $0, owner: owner) }
      }
  }

  /// By run, whether its adaptation's vocabulary has a slice's tokens.
  func holders(_ slice: Slice) -> [Bool] {
    adaptationOfRun.map { own in
      if let owner = slice.owner { return owner == owners[own] }
      return slice.tokens.upperBound <= headRows[own]
    }
  }

  /// By run and position, whether it predicts from its adaptation's vocabulary: where the mask lets the head act at all. Nil where
  /// all vocabularies are the base's.
  func own(prompt: Int, _ positions: Range<Int>) -> [[Bool]]? {
    guard !masks.isEmpty else { return nil }
    return zip(masks, adaptationOfRun).map { masks, adaptation in
      positions.map { headRows[adaptation] != baseRows && masks[prompt].general.other[$0] > 0 }
    }
  }
}
