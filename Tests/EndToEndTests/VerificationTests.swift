import Attribution
import LeibnizTesting
import LinearAlgebra
import PairedForward
import Prompts
import Results
import Testing

@testable import Leibniz

/// The double-precision check passes where all is well and reports what is broken on purpose.
@Suite struct VerificationTests {
  @Test(arguments: [false, true]) func `An intact pass is verified`(isMasked: Bool) throws {
    try withTinyPair(masked: isMasked) { pair in
      let verification = try #require(try pair.analysis { $0.verifiedPrompts = 2 }.verification)
      #expect(verification.passed)
      #expect(verification.prompts == 2)
      #expect(verification.tolerance == 1e-3)
      #expect(verification.worst.allSatisfy { $0.difference <= 1e-5 })
      let statistics = Set(verification.worst.map(\.statistic))
      for name in [
        "pairs", "stream", "loss.base", "loss.adapted", "delta.mean", "dKtQ.rms", "centered.KtdQ.share",
      ] {
        #expect(statistics.contains(name))
      }
      #expect(statistics.contains("zero") == isMasked)
    }
  }

  /// A kernel that a hundredth is wrong in: every term in turn, and the pattern, which only centring reads.
  @Test(
    arguments: [
      (\ScoreTile.KtdQ, "KtdQ.rms"), (\ScoreTile.dKtQ, "dKtQ.rms"), (\ScoreTile.dKtdQ, "dKtdQ.rms"),
      (\ScoreTile.pattern, "centered.KtdQ.rms"),
    ] as [(any KeyPath<ScoreTile, MatrixView> & Sendable, String)])
  func `A broken kernel is reported`(part: any KeyPath<ScoreTile, MatrixView> & Sendable, statistic: String)
    throws
  {
    let verification = try verification { DistortingObserver(observer: $0, part: part) }
    #expect(!verification.passed)
    let worst = try #require(verification.worst.first { $0.statistic == statistic })
    #expect(worst.difference > verification.tolerance)
  }

  @Test func `A kernel that gives no numbers is reported`() throws {
    let verification = try verification { DistortingObserver(observer: $0, part: \.KtdQ, factor: .nan) }
    #expect(!verification.passed)
    #expect(verification.worst.contains { $0.statistic == "KtdQ.rms" && $0.difference == 1 })
  }

  /// The verification of a pass whose observer is wrapped.
  private func verification(
    _ interposed: @escaping (any ForwardObserver) -> any ForwardObserver
  ) throws -> Verification {
    try withTinyPair { pair in
      let options = AnalysisOptions(threads: 2, verifiedPrompts: 1)
      let models = try ModelPair(base: pair.base, adapted: pair.adapter)
      let file = try PromptFile.read(pair.prompts, for: models, separator: .fromFile)
      var analyzer = try Analyzer(pair: models, file: file, options: options)
      analyzer.interposed = interposed
      return try #require(try analyzer.run().verification)
    }
  }

  /// The pass runs without the mask that the observer's promises rest on.
  @Test func `A term that is promised to be zero and is not is a leak`() throws {
    try withTinyPair(masked: true) { pair in
      let models = try ModelPair(base: pair.base, adapted: pair.adapter)
      let file = try PromptFile.read(pair.prompts, for: models, separator: .fromFile)
      let masks = try file.prompts.map { try ResolvedMask(.auto, prompt: $0, adaptation: models.adaptation) }
      let description = models.model.description
      let observer = AnalysisObserver(
        description: description, regions: file.regionNames,
        maps: file.prompts.map { RegionMap($0, names: file.regionNames) },
        reaches: zip(file.prompts, masks).map { prompt, mask in
          let promised = ForwardPrompt(tokens: prompt.tokens, lowRankMask: mask.lowRank)
          return ChangeReach(promised, description: description, adaptation: models.adaptation)
        })
      _ = try PairedForward(model: models.model, adaptation: models.adaptation, threads: 2)
        .run(file.prompts.map { ForwardPrompt(tokens: $0.tokens) }, observer: observer)
      let rows = observer.table.blockRows().filter { $0.key == "before" }
      #expect(rows.count == 3 * 4 * 2)
      for row in rows {
        #expect(row.raw[.dKtQ].zero == .leak)
        #expect(row.raw[.dKtdQ].zero == .leak)
        #expect(row.raw[.KtdQ].zero == (row.query == "before" ? .leak : nil))
      }
    }
  }

  /// Rows that the pass skips are computed by the plain runs; if the adapter does act there, that shows.
  @Test func `The check sees a change where the analysis promised a zero`() throws {
    try withTinyPair(masked: true) { pair in
      let models = try ModelPair(base: pair.base, adapted: pair.adapter)
      let file = try PromptFile.read(pair.prompts, for: models, separator: .fromFile).first(1)
      let analysis = try Analyzer(pair: models, file: file, options: AnalysisOptions(threads: 2)).run()
      let masks = try file.prompts.map { try ResolvedMask(.auto, prompt: $0, adaptation: models.adaptation) }
      func verify(_ prompts: [ForwardPrompt]) throws -> Verification {
        try Verifier(pair: models, file: file, masks: masks, prompts: prompts).verify(analysis) { _ in }
      }
      let kept = try verify(
        zip(file.prompts, masks).map { ForwardPrompt(tokens: $0.tokens, lowRankMask: $1.lowRank) })
      #expect(kept.passed)
      let broken = try verify(file.prompts.map { ForwardPrompt(tokens: $0.tokens) })
      #expect(!broken.passed)
      let zero = try #require(broken.worst.first { $0.statistic == "zero" })
      #expect(zero.difference > broken.tolerance)
      #expect(zero.place.contains("→before"))
    }
  }
}

/// Hands on what it sees, with one part of every tile scaled.
private struct DistortingObserver: ForwardObserver {
  let observer: any ForwardObserver
  let part: any KeyPath<ScoreTile, MatrixView> & Sendable
  var factor: Float = 1.01

  func scores(_ tile: ScoreTile) {
    let matrix = tile[keyPath: part]
    for row in 0..<matrix.rows {
      for column in 0..<matrix.columns { matrix[row][column] *= factor }
    }
    observer.scores(tile)
  }

  func layerBegins(_ layer: Int, prompts: [Int], blocks: Int) {
    observer.layerBegins(layer, prompts: prompts, blocks: blocks)
  }
  func layerEnds(_ layer: Int, prompts: [Int]) { observer.layerEnds(layer, prompts: prompts) }
  func stream(layer: Int, prompt: Int, base: MatrixView, delta: MatrixView, firstChanged: Int) {
    observer.stream(layer: layer, prompt: prompt, base: base, delta: delta, firstChanged: firstChanged)
  }
  func loss(prompt: Int, base: Double, adapted: Double) {
    observer.loss(prompt: prompt, base: base, adapted: adapted)
  }
}
