import Checkpoints
import Vocabulary

@testable import PairedForward

extension Batch {
  /// Prompts of so many tokens each; the token at position i of prompt p is 7p + i.
  init(lengths: [Int]) {
    self.init(
      Array(lengths.indices),
      of: lengths.enumerated().map { prompt, count in
        ForwardPrompt(tokens: (0..<count).map { 7 * prompt + $0 })
      })
  }
}

extension RunState {
  /// A run of an adaptation with rows from the first token of each prompt on, and without memory.
  init(_ index: Int, adaptation: Int, _ batch: Batch, first: [Int], masks: [ChangeMask]) {
    let rows = ChangeRows(batch, first: first)
    self.init(
      index: index, adaptation: adaptation, origin: nil, predicts: true, filter: PartFilter(), reaches: [],
      firstLayer: 0, rows: rows,
      masks: RowMasks(rows, batch, masks: masks))
  }
}

extension ChangeMask {
  /// Seeded weights for every token, and others for some of the sites.
  static func drawn(_ count: Int, sites: [Site], _ samples: inout Samples) -> ChangeMask {
    func tokens() -> TokenMask { TokenMask(lowRank: samples.mask(count), other: samples.mask(count)) }
    let general = tokens()
    return ChangeMask(general: general, sites: Dictionary(uniqueKeysWithValues: sites.map { ($0, tokens()) }))
  }
}
