import Foundation
import LinearAlgebra
import PairFixtures
import Results
import Testing

@testable import Analyses
@testable import Interventions
@testable import Leibniz
@testable import LeibnizTesting
@testable import LongRuns
@testable import Measures
@testable import Subjects

/// Adapted models with more or fewer tokens than their base.
@Suite struct VocabularyTests {
  /// Rows of table and head of the adapted checkpoint; the base has 32.
  @Test(arguments: [(33, 33), (35, 35), (64, 64), (28, 28), (32, 35), (35, 32), (32, 28)])
  func `Each softmax runs over its own rows, as plain runs say`(table: Int, head: Int) throws {
    try withResized(table: table, head: head) { pair, other in
      let analysis = try pair.analysis(of: other) { options in
        options.verifiedPrompts = 6
        options.parts.insert(.writers)
      }
      #expect(
        analysis.verification?.passed == true,
        "\(analysis.verification?.worst.max { $0.difference < $1.difference } as Any)")
      #expect(analysis.verification?.worst.contains { $0.statistic == "kl" } == true)
      guard head != 32 else {
        #expect(analysis.vocabulary == nil)
        return
      }
      let vocabulary = try #require(analysis.vocabulary)
      #expect(vocabulary.base == 32 && vocabulary.adapted == head && vocabulary.shared == min(32, head))
      #expect(analysis.warnings.contains { $0.contains("each loss is over its own model's tokens") })
      #expect(try Analysis(json: AnalysisJSON.bytes(analysis), file: "a").vocabulary == vocabulary)
      let interventions = [
        Intervention(dropping: Part.scores), Intervention(dropping: Part.scores + Part.values),
        Intervention(mask: try MaskPlan.parsed("after")), Intervention(mask: try MaskPlan.parsed("k:off")), .twoViews,
      ]
      for (own, region) in [(MaskRule.auto, nil), (.after, "before"), (.none, "after")] {
        let ablation = try pair.ablation(interventions, of: other) {
          $0.mask = own
          $0.lossRegion = region
          $0.verifiedPrompts = 6
        }
        #expect(
          ablation.verification?.passed == true,
          "\(own) \(region ?? "") \(ablation.verification?.worst.max { $0.difference < $1.difference } as Any)")
        #expect(ablation.vocabulary?.adapted == head)
        #expect(try Ablation(json: AblationJSON.bytes(ablation), file: "a") == ablation)
      }
    }
  }

  @Test func `New rows alone move losses and no divergence`() throws {
    try withResized(table: 34, head: 34, noise: 0) { pair, other in
      let analysis = try pair.analysis(of: other) { $0.verifiedPrompts = 2 }
      #expect(analysis.verification?.passed == true && analysis.adapted.kind == "checkpoint")
      let loss = try #require(analysis.loss)
      for pair in loss.pairs.compactMap(\.self) { #expect(pair.adapted > pair.base + 1e-6) }
      #expect(loss.divergence.allSatisfy { $0.kl == 0 })
      // Without any part of the change it still predicts from its own vocabulary, and the base from its.
      let ablation = try pair.ablation([Intervention(dropping: Part.scores + Part.values)], of: other)
      for outcome in ablation.knockouts[0].prompts.compactMap(\.self) {
        #expect(outcome.knockout == outcome.adapted && outcome.adapted > outcome.base && outcome.kl == 0)
      }
    }
  }

  @Test func `Tokens that the smaller head lacks are left out and counted`() throws {
    try withResized(table: 32, head: 20) { pair, other in
      let lines = try prompts(pair)
      let judged = lines.flatMap { $0.tokens[($0.separator + 1)...] }
      let analysis = try pair.analysis(of: other) { $0.verifiedPrompts = 6 }
      #expect(analysis.verification?.passed == true)
      #expect(analysis.vocabulary?.leftOut == judged.count { $0 >= 20 })
      #expect(analysis.warnings.contains { $0.contains("left out of losses and gains") })
      let ablation = try pair.ablation([Intervention(dropping: Part.scores)], of: other) { $0.verifiedPrompts = 6 }
      #expect(ablation.verification?.passed == true)
      for (line, outcome) in zip(lines, ablation.knockouts[0].prompts) {
        let known = line.tokens[(line.separator + 1)...].count { $0 < 20 }
        #expect(outcome?.tokens ?? 0 == known)
      }
    }
  }

  @Test func `A prompt with a token that one of the models lacks is refused by its line`() throws {
    try withResized(table: 28, head: 28) { pair, other in
      try pair.rewritePrompts { line in
        if line.id == "p3" { line.tokens[2] = 29 }
      }
      let error = #expect(throws: (any Error).self) { _ = try pair.analysis(of: other) }
      #expect("\(try #require(error))".contains("line 4: token 29 lies outside the model's vocabulary of 28"))
    }
  }

  @Test func `A resized table and head may be saved in an adapter`() throws {
    for (table, head) in [(35, 35), (35, nil), (nil, 35), (28, 28)] {
      try withResized(table: 28, head: 28) { pair, _ in
        var (random, more) = (SeededRandom(seed: 1), SeededRandom(seed: 9))
        let options = TinyPair.Options()
        _ = options.baseWeights(&random)
        var tensors = options.adapterWeights(&random)
        var saved: [String] = []
        for (name, rows) in [("model.embed_tokens", table), ("lm_head", head)] {
          guard let rows else { continue }
          tensors.append(more.matrix("base_model.model.\(name).weight", rows, 32, deviation: 0.5))
          saved.append("\"\(name.split(separator: ".").last ?? "")\"")
        }
        try tensors.safetensors.write(to: pair.adapterWeights)
        let configuration = pair.adapter.appending(path: "adapter_config.json")
        let text = try String(contentsOf: configuration, encoding: .utf8)
        try text.replacingOccurrences(
          of: "\"peft_type\"", with: "\"modules_to_save\": [\(saved.joined(separator: ", "))], \"peft_type\""
        ).write(to: configuration, atomically: true, encoding: .utf8)
        let analysis = try pair.analysis { $0.verifiedPrompts = 6 }
        #expect(analysis.verification?.passed == true, "\(saved) \(analysis.verification as Any)")
        #expect(analysis.vocabulary?.adapted == (head == nil ? nil : head))
      }
    }
  }

  /// Right values of transformers in double precision.
  @Test(.enabled(if: FoundInputs.folder != nil, FoundInputs.missing))
  func `A new token and fewer tokens, against the library`() throws {
    let found = try #require(FoundInputs.folder)
    func analysis(_ name: String, _ adapted: String) throws -> Analysis {
      let folder = found.appending(path: name)
      return try analyze(
        base: folder.appending(path: "base"), adapted: folder.appending(path: adapted),
        prompts: folder.appending(path: "prompts.jsonl"),
        options: AnalysisOptions(threads: 2, computesLoss: true, verifiedPrompts: 2))
    }
    let new = try analysis("16c-new-token", "tuned97")
    #expect(new.verification?.passed == true)
    for (loss, right) in zip(try #require(new.loss).adapted, [13.23970, 5.02455]) {
      #expect(abs(try #require(loss) - right) <= 1e-5)
    }
    // Over the 96 rows that both have, renormalised.
    for (row, right) in zip(try #require(new.loss).divergence, [0.065157, 0.119679]) {
      #expect(abs(row.kl - right) <= 1e-6)
    }
    let fewer = try analysis("16b-shrunk", "tuned90")
    #expect(fewer.verification?.passed == true)
    for (loss, right) in zip(try #require(fewer.loss).adapted, [4.544564, 4.497204]) {
      #expect(abs(try #require(loss) - right) <= 1e-5)
    }
    for (row, right) in zip(try #require(fewer.loss).divergence, [0.158769, 0.196690]) {
      #expect(abs(row.kl - right) <= 1e-6)
    }
  }

  private func prompts(_ pair: TinyPair) throws -> [TinyPair.Line] {
    try String(contentsOf: pair.prompts, encoding: .utf8).split(separator: "\n").map {
      try JSONDecoder().decode(TinyPair.Line.self, from: Data($0.utf8))
    }
  }

  /// A tiny pair whose prompts have no token from 28 on, and a checkpoint of so many rows whose other weights are the base's and
  /// some noise.
  private func withResized(
    table: Int, head: Int, noise: Float = 0.05, _ body: (TinyPair, URL) throws -> Void
  ) throws {
    let options = TinyPair.Options()
    try withTinyPair(options) { pair in
      try pair.rewritePrompts { line in line.tokens = line.tokens.map { $0 % 28 } }
      let other = pair.base.deletingLastPathComponent().appending(path: "resized")
      if table == head {
        try write(options, rows: table, noise: noise, to: other)
        return try body(pair, other)
      }
      // No checkpoint has a table and a head of two sizes, but adapters do.
      try FileManager.default.createDirectory(at: other, withIntermediateDirectories: true)
      let configuration = try String(
        contentsOf: pair.adapter.appending(path: "adapter_config.json"), encoding: .utf8
      ).replacingOccurrences(
        of: "\"peft_type\"", with: "\"modules_to_save\": [\"embed_tokens\", \"lm_head\"], \"peft_type\"")
      try Data(configuration.utf8).write(to: other.appending(path: "adapter_config.json"))
      var (random, more) = (SeededRandom(seed: 1), SeededRandom(seed: 7))
      _ = options.baseWeights(&random)
      let saved = [
        more.matrix("base_model.model.model.embed_tokens.weight", table, 32, deviation: 1),
        more.matrix("base_model.model.lm_head.weight", head, 32, deviation: 0.3),
      ]
      try (options.adapterWeights(&random) + saved).safetensors
        .write(to: other.appending(path: "adapter_model.safetensors"))
      try body(pair, other)
    }
  }

  private func write(_ options: TinyPair.Options, rows: Int, noise: Float, to folder: URL) throws {
    var (random, more) = (SeededRandom(seed: options.seed), SeededRandom(seed: 5))
    let tensors = options.baseWeights(&random).map { tensor in
      var tensor = tensor
      if noise != 0 {
        let change = more.matrix("", 1, tensor.values.count, deviation: Double(noise)).values
        tensor.values = zip(tensor.values, change).map { $0 + $1 }
      }
      guard ["model.embed_tokens.weight", "lm_head.weight"].contains(tensor.name) else { return tensor }
      let news = more.matrix("", max(rows, 1), 32, deviation: 0.4).values
      tensor.values = Array((tensor.values + news).prefix(rows * 32))
      tensor.shape = [rows, 32]
      return tensor
    }
    var resized = options
    resized.vocabulary = rows
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try resized.modelConfiguration.write(to: folder.appending(path: "config.json"))
    try tensors.safetensors.write(to: folder.appending(path: "model.safetensors"))
  }
}
