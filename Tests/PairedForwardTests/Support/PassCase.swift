import Architectures
import Checkpoints
import LeibnizTesting
import OracleFixtures
import Testing
import Vocabulary

@testable import PairedForward
@testable import ReferenceForward

/// Prompts, runs and the model they run on.
struct PassCase {
  var model: Model
  var prompts: [ForwardPrompt]
  var runs: [ChangeRun]

  init(_ model: Model, lengths: [Int], seed: Int = 1, runs: [ChangeRun] = []) {
    var samples = Samples(seed: seed)
    self.model = model
    prompts = lengths.map { count in
      ForwardPrompt(
        tokens: (0..<count).map { _ in samples.below(model.description.vocabularySize) }, predictions: 0..<count)
    }
    self.runs = runs
  }

  /// Masks with weights between for every prompt, and for some sites their own; nothing acts before a token of each prompt.
  func masks(seed: Int, sites: [Site] = [], from first: (Int) -> Int = { _ in 0 }) -> [ChangeMask] {
    var samples = Samples(seed: seed)
    return prompts.map { prompt in
      let count = prompt.tokens.count
      func cut(_ mask: TokenMask) -> TokenMask {
        func weights(_ values: [Float]) -> [Float] { values.enumerated().map { $0 < first(count) ? 0 : $1 } }
        return TokenMask(lowRank: weights(mask.lowRank), other: weights(mask.other))
      }
      let drawn = ChangeMask.drawn(count, sites: sites, &samples)
      return ChangeMask(general: cut(drawn.general), sites: drawn.sites.mapValues(cut))
    }
  }

  /// Everything that a pass shows.
  func record(_ needs: ProbeNeeds = .everything, threads: Int = 2, batchTokens: Int = 8192) throws -> Recorder {
    var recorder = Recorder(needs)
    try PairedForward(model: model, threads: threads, batchTokens: batchTokens).run(prompts, runs, probe: &recorder)
    #expect(recorder.repeated.isEmpty, "nothing is shown twice")
    return recorder
  }

  /// A plain run of one of the runs' models on a prompt; nil for the base.
  func reference(_ run: Int?, prompt: Int) throws -> (ReferenceModel, ReferenceRun) {
    var model = ReferenceModel(model: self.model, adaptation: nil, threads: 2)
    if let run, case .adaptation(let adaptation, let masks) = runs[run].origin {
      model = ReferenceModel(
        model: self.model, adaptation: adaptation, masks: ReferenceMasks(masks[prompt]), threads: 2)
    }
    let tokens = prompts[prompt].tokens
    return (model, try model.run(tokens, logitPositions: 0..<tokens.count, keeping: .all))
  }
}

extension ProbeNeeds {
  /// All there is.
  static let everything: ProbeNeeds = [
    .stream, .terms, .pattern, .patternChange, .values, .sources, .projections, .logits,
  ]
}
