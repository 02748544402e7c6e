import Foundation
import Leibniz
import LeibnizTesting

/// A tiny pair whose adapter is masked or not.
package func withTinyPair<Result>(
  masked isMasked: Bool, experts: Int = 0, _ body: (TinyPair) throws -> Result
) throws -> Result {
  var options = TinyPair.Options()
  (options.isMasked, options.experts) = (isMasked, experts)
  return try withTinyPair(options, body)
}

extension TinyPair {
  /// Weights of the base.
  package var weights: URL { base.appending(path: "model.safetensors") }
  /// Weights of the adapter.
  package var adapterWeights: URL { adapter.appending(path: "adapter_model.safetensors") }

  /// An analysis with losses on two threads, of the adapter if nothing else is named.
  package func analysis(of other: URL? = nil, _ change: (inout AnalysisOptions) -> Void = { _ in }) throws -> Analysis {
    var options = AnalysisOptions(threads: 2, computesLoss: true)
    change(&options)
    return try analyze(base: base, adapted: other ?? adapter, prompts: prompts, options: options)
  }

  /// Makes every B zero.
  package func clearAdapter(experts: Int = 0) throws { try scaleAdapter(0, experts: experts) }

  /// Multiplies every B.
  package func scaleAdapter(_ factor: Float, experts: Int = 0) throws {
    var random = SeededRandom(seed: 1)
    var options = Options()
    options.experts = experts
    let tensors = options.adapterWeights(&random).map { tensor in
      var tensor = tensor
      if tensor.name.hasSuffix("lora_B.weight") { tensor.values = tensor.values.map { $0 * factor } }
      return tensor
    }
    try tensors.safetensors.write(to: adapterWeights)
  }

  /// A line of the prompt file.
  package struct Line: Codable {
    package struct Region: Codable {
      package var name: String
      package var start: Int
      package var end: Int

      package init(name: String, start: Int, end: Int) {
        (self.name, self.start, self.end) = (name, start, end)
      }
    }
    package var id: String
    package var tokens: [Int]
    package var separator: Int
    package var mask: [Float]?
    package var regions: [Region]?

    enum CodingKeys: String, CodingKey { case id, tokens = "input_ids", separator, mask, regions }
  }

  /// Changes every line of the prompt file; masks and regions of an earlier call are dropped.
  package func rewritePrompts(_ change: (inout Line) -> Void) throws {
    let lines = try String(contentsOf: prompts, encoding: .utf8).split(separator: "\n").map { text in
      var line = try JSONDecoder().decode(Line.self, from: Data(text.utf8))
      line.mask = nil
      line.regions = nil
      change(&line)
      return try JSONEncoder().encode(line)
    }
    try Data(lines.joined(separator: [UInt8(ascii: "\n")])).write(to: prompts)
  }
}

extension TinyPair {
  /// An ablation on two threads.
  package func ablation(
    _ interventions: [Intervention], of other: URL? = nil, _ change: (inout AblationOptions) -> Void = { _ in }
  ) throws -> Ablation {
    var options = AblationOptions(threads: 2)
    change(&options)
    return try ablate(
      base: base, adapted: other ?? adapter, prompts: .file(prompts), interventions: interventions, options: options)
  }
}

extension MaskPlan {
  /// A mask by one argument.
  package static func parsed(_ text: String) throws -> MaskPlan {
    var plan = MaskPlan()
    try plan.add(text)
    return plan
  }
}
