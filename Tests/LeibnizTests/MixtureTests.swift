import Foundation
import OracleFixtures
import PairFixtures
import Testing

@testable import Analyses
@testable import Interventions
@testable import Leibniz
@testable import LeibnizTesting
@testable import LongRuns
@testable import Measures
@testable import Reporting
@testable import Results
@testable import Subjects

/// Mixtures of experts: whatever holds of a dense model holds of them, and no form in which files hold experts changes a number.
@Suite struct MixtureTests {
  private static let experts = 4

  private static let options: TinyPair.Options = {
    var options = TinyPair.Options()
    options.experts = experts
    return options
  }()

  @Test(arguments: [false, true]) func `Plain runs verify every part of a mixture`(isMasked: Bool) throws {
    try withTinyPair(masked: isMasked, experts: Self.experts) { pair in
      let analysis = try pair.analysis { ($0.parts, $0.verifiedPrompts) = (Set(AnalysisPart.allCases), 6) }
      let verification = try #require(analysis.verification)
      #expect(verification.passed, "\(verification.worst.prefix(3))")
      let routing = try #require(analysis[rows: RoutingChange.self])
      #expect(routing.count == 6 && routing.contains { $0.flipped > 0 && $0.replaced < $0.flipped })
      #expect(routing.allSatisfy { $0.region == "after" || !isMasked || ($0.delta, $0.flipped) == (0, 0) })
      #expect(Set((analysis.products ?? []).map(\.site)) == [.q, .k, .v, .o])
    }
  }

  @Test func `Router and experts are masked by themselves`() throws {
    try withTinyPair(Self.options) { pair in
      func analysis(_ sites: [Site: SiteMask]) throws -> Analysis {
        try pair.analysis { ($0.parts, $0.siteMasks, $0.verifiedPrompts) = ([.routing], sites, 2) }
      }
      let experts = Dictionary(uniqueKeysWithValues: Site.experts.map { ($0, SiteMask.off) })
      let isOff = try [experts, [.router: .off], experts.merging([.router: .off]) { $1 }].map(analysis)
      for analysis in isOff { #expect(analysis.verification?.passed == true) }
      let first = try isOff.map { try #require($0[rows: RoutingChange.self]?.first { $0.layer == 0 }) }
      // What enters the first layer's experts differs, and its attention alone makes it so.
      #expect(Set(first.map(\.delta)).count == 3)
      // An expert follows gate, up and down until something is said of experts.
      let dense: [Site: SiteMask] = [.gate: .off, .up: .off, .down: .off]
      #expect(try analysis(dense).blocks == isOff[0].blocks)
      let apart = try analysis(dense.merging(Dictionary(uniqueKeysWithValues: Site.experts.map { ($0, .none) })) { $1 })
      #expect(try apart.blocks == analysis([:]).blocks)
    }
    try withTinyPair { pair in
      let error = try #require(throws: AnalysisError.self) { try pair.analysis { $0.siteMasks = [.router: .after] } }
      #expect("\(error)".contains("router") && "\(error)".contains("no mixtures of experts"))
    }
  }

  @Test func `Masks of experts are read as they are told`() throws {
    for (arguments, told, places) in [
      (["experts:off"], "auto; experts:off", ["experts": "off"]),
      (["after", "experts:none", "router:off"], "after; router:off; experts:none", nil),
      (["experts:off", "mlp:after"], "auto; gate,up,down:after", ["gate": "after", "up": "after", "down": "after"]),
      (["experts:off", "gate:none"], "auto; gate:none; experts.up,experts.down:off", nil),
    ] as [([String], String, [String: String]?)] {
      var (plan, again) = (MaskPlan(), MaskPlan())
      for argument in arguments { try plan.add(argument) }
      #expect(plan.description == told)
      for argument in told.split(separator: "; ") { try again.add(String(argument)) }
      #expect(again == plan)
      if let places { #expect(plan.places == places) }
    }
  }

  @Test func `A dense model has nothing of routing`() throws {
    try withTinyPair { pair in
      let analysis = try pair.analysis { $0.parts = [.routing, .mass] }
      #expect(analysis.parts == [.mass] && analysis[rows: RoutingChange.self] == nil)
    }
  }

  @Test func `Experts that files hold in one tensor, or under older names, are the same`() throws {
    try withTinyPair(Self.options) { pair in
      let expected = try numbers(pair)
      let weights = Self.weights
      try Self.stacked(weights).safetensors.write(to: pair.weights)
      #expect(try numbers(pair) == expected)
      try Self.renamed(weights).safetensors.write(to: pair.weights)
      #expect(try numbers(pair) == expected)
      try Self.renamed(Self.adapterWeights).safetensors.write(to: pair.adapterWeights)
      try write(pair, #""target_modules": ["q_proj", "k_proj", "v_proj", "o_proj", "gate", "w1", "w2", "w3"]"#)
      #expect(try numbers(pair) == expected)
    }
  }

  @Test(arguments: [false, true])
  func `Adapters on parameters of all experts are those on each`(isTurned: Bool) throws {
    try withTinyPair(Self.options) { pair in
      let expected = try pair.analysis { $0.parts = [.routing] }
      try Self.fused(Self.adapterWeights, isTurned: isTurned).safetensors.write(to: pair.adapterWeights)
      let targets = #""target_modules": ["q_proj", "k_proj", "v_proj", "o_proj"]"#
      let parameters = #""target_parameters": ["mlp.gate.weight", "experts.gate_up_proj", "experts.down_proj"]"#
      let patterns = #""rank_pattern": {".*\\.gate_up_proj": 4}, "alpha_pattern": {".*\\.gate_up_proj": 8}"#
      try write(pair, "\(targets), \(parameters), \(patterns)")
      let found = try pair.analysis { $0.parts = [.routing] }
      for (one, other) in zip(expected.blocks, found.blocks) {
        #expect(abs(one.raw.delta.rms - other.raw.delta.rms) <= 1e-5 * one.raw.delta.rms)
      }
      for (one, other) in zip(expected.loss?.adapted ?? [], found.loss?.adapted ?? []) {
        #expect(abs(try #require(one) - (try #require(other))) <= 1e-5)
      }
      #expect(found.loss?.adapted.count == 6)
    }
  }

  @Test func `Without what mixtures change an adapter of experts is the base`() throws {
    var options = Self.options
    options.targets = [.gate, .up, .down]
    try withTinyPair(options) { pair in
      let ablation = try pair.ablation([
        Intervention(dropping: Part.experts), Intervention(dropping: [.dGE]),
        Intervention(dropping: Part.experts, layers: [2]), Intervention(dropping: Part.experts, from: "before"),
      ]) { $0.verifiedPrompts = 2 }
      #expect(ablation.verification?.passed == true)
      let outcomes = ablation.knockouts.map { $0.prompts.compactMap(\.self) }
      #expect(outcomes[0].allSatisfy { $0.knockout == $0.base })
      for other in outcomes.dropFirst() {
        #expect(other.allSatisfy { $0.knockout != $0.base && $0.knockout != $0.adapted })
      }
    }
  }

  @Test(arguments: [false, true]) func `Parts of mixtures are verified by plain runs`(isMasked: Bool) throws {
    try withTinyPair(masked: isMasked, experts: Self.experts) { pair in
      let ablation = try pair.ablation([
        Intervention(dropping: [.dGE]), Intervention(dropping: [.GdE], from: "after"),
        Intervention(dropping: [.dGdE], layers: [1]), Intervention(dropping: [.GdE, .dGdE, .dKtQ]),
      ]) { $0.verifiedPrompts = 2 }
      let verification = try #require(ablation.verification)
      #expect(verification.passed, "\(verification.worst.filter { $0.difference > 1e-3 })")
      guard isMasked else { return }
      // Nothing changes before the separator, so that nothing can be left out there.
      let before = try pair.ablation([Intervention(dropping: Part.experts, from: "before")])
      #expect(before.knockouts[0].prompts.compactMap(\.self).allSatisfy { $0.knockout == $0.adapted && $0.kl == 0 })
    }
  }

  @Test func `Parts of mixtures have neither heads nor keys, and dense models have none`() throws {
    #expect(Part.named("experts") == [.dGE, .GdE, .dGdE] && Part.complement(of: [.dGE]) == [.GdE, .dGdE])
    try withTinyPair(Self.options) { pair in
      for intervention in [
        Intervention(dropping: [.dGE], to: "before"), Intervention(dropping: [.GdE], heads: [.init(layer: 0, head: 1)]),
      ] {
        let error = try #require(#expect(throws: InterventionError.self) { try pair.ablation([intervention]) })
        #expect("\(error)".contains("neither heads nor keys"))
      }
    }
    try withTinyPair { pair in
      let error = try #require(
        #expect(throws: InterventionError.self) { try pair.ablation([Intervention(dropping: [.dGE])]) })
      #expect("\(error)".contains("no mixtures of experts"))
    }
  }

  @Test func `A report says who goes to other experts`() throws {
    try withTinyPair(Self.options) { pair in
      let analysis = try pair.analysis { $0.parts = [.attention, .mass, .routing] }
      let text = Answer(analysis).mixture.plain
      #expect(text.contains("go to other experts") && text.contains("re-routing is"), "\(text)")
      #expect(MarkdownReport(analysis).text.contains("### Experts"))
    }
  }

  @Test func `A parameter that an adapter promises and lacks is named`() throws {
    try withTinyPair(Self.options) { pair in
      let rest = Self.fused(Self.adapterWeights, isTurned: false).filter { !$0.name.contains(".experts.lora_") }
      try rest.safetensors.write(to: pair.adapterWeights)
      let targets = #""target_modules": ["q_proj", "k_proj", "v_proj", "o_proj", "mlp.gate"]"#
      try write(
        pair, targets + #", "target_parameters": ["gate_up_proj", "down_proj"], "rank_pattern": {".*gate_up_proj": 4}"#)
      let error = #expect(throws: (any Error).self) { try pair.analysis() }
      #expect("\(try #require(error))".contains("experts.down_proj is targeted"))
    }
  }

  @Test(
    .enabled(if: !OracleCase.with("routing").isEmpty, "LEIBNIZ_ORACLE names no folder of cases with routing"),
    arguments: OracleCase.with("routing"))
  func `Routing agrees with the library`(_ oracle: OracleCase) throws {
    var options = AnalysisOptions(threads: 2)
    options.parts = [.routing]
    let analysis = try analyze(
      base: oracle.base, adapted: oracle.adapted, prompts: oracle.prompts, options: options)
    try expectAgreement(with: oracle) { comparison in
      try comparison.compare(try #require(analysis[rows: RoutingChange.self]), with: oracle.expected("routing"))
      #expect(comparison.compared > 0)
    }
  }

  /// Everywhere else these cases agree as all do.
  @Test(
    .enabled(if: !OracleCase.furtherRounded.isEmpty, "LEIBNIZ_ORACLE names no folder of such cases"),
    arguments: OracleCase.furtherRounded)
  func `Where the library has rounding before a separator nothing changes`(_ oracle: OracleCase) throws {
    var options = AnalysisOptions(threads: 2, computesLoss: true)
    options.parts = [.routing]
    var analysis = try analyze(
      base: oracle.base, adapted: oracle.adapted, prompts: oracle.prompts, options: options)
    analysis[rows: AttentionMass.self] = nil
    var comparison = ReferenceComparison(tolerance: 2e-5, rounding: 1e-13)
    try comparison.compare(analysis, with: oracle.expected())
    try comparison.compare(try #require(analysis[rows: RoutingChange.self]), with: oracle.expected("routing"))
    #expect(comparison.failures.isEmpty, "\(comparison.failures.prefix(5))")
    #expect(comparison.compared > 500)
  }

  // MARK: - Files

  /// What an analysis says, without what names the files.
  private func numbers(_ pair: TinyPair) throws -> [Block] { try pair.analysis().blocks }

  private func write(_ pair: TinyPair, _ targets: String) throws {
    let text = """
      {"peft_type": "LORA", "task_type": "CAUSAL_LM", "r": 2, "lora_alpha": 4, "bias": "none", \(targets)}
      """
    try text.write(to: pair.adapter.appending(path: "adapter_config.json"), atomically: true, encoding: .utf8)
  }

  private static var weights: [TinyTensor] {
    var random = SeededRandom(seed: 1)
    return options.baseWeights(&random)
  }

  private static var adapterWeights: [TinyTensor] {
    var random = SeededRandom(seed: 1)
    _ = options.baseWeights(&random)
    return options.adapterWeights(&random)
  }

  /// Names as Mixtral's published files have them.
  private static func renamed(_ tensors: [TinyTensor]) -> [TinyTensor] {
    tensors.map { tensor in
      var tensor = tensor
      for (own, stored) in [
        (".mlp.", ".block_sparse_moe."), ("gate_proj", "w1"), ("up_proj", "w3"), ("down_proj", "w2"),
      ] { tensor.name = tensor.name.replacingOccurrences(of: own, with: stored) }
      return tensor
    }
  }

  /// All experts of a layer in two tensors.
  private static func stacked(_ tensors: [TinyTensor]) -> [TinyTensor] {
    let byName = Dictionary(uniqueKeysWithValues: tensors.map { ($0.name, $0) })
    var result = tensors.filter { !$0.name.contains(".experts.") }
    for layer in 0..<options.layers {
      let module = "model.layers.\(layer).mlp.experts"
      func all(_ names: [String], _ parameter: String) {
        let parts = (0..<experts).flatMap { expert in names.compactMap { byName["\(module).\(expert).\($0).weight"] } }
        let rows = parts.reduce(0) { $0 + $1.shape[0] } / experts
        result.append(
          TinyTensor(
            name: "\(module).\(parameter)", shape: [experts, rows, parts[0].shape[1]], values: parts.flatMap(\.values)))
      }
      all(["gate_proj", "up_proj"], "gate_up_proj")
      all(["down_proj"], "down_proj")
    }
    return result
  }

  /// What adapts single experts as PEFT keeps what adapts their parameters: gate and up share a product of twice the rank.
  private static func fused(_ tensors: [TinyTensor], isTurned: Bool) -> [TinyTensor] {
    let byName = Dictionary(uniqueKeysWithValues: tensors.map { ($0.name, $0) })
    var result = tensors.filter { !$0.name.contains(".experts.") }
    for layer in 0..<options.layers {
      let module = "base_model.model.model.layers.\(layer).mlp.experts"
      for (names, wrapper) in [(["gate_proj", "up_proj"], ".base_layer"), (["down_proj"], "")] {
        let products = (0..<experts).map { expert in
          names.map { name in
            let a = byName["\(module).\(expert).\(name).lora_A.weight"]
            return (a: a, b: byName["\(module).\(expert).\(name).lora_B.weight"])
          }
        }
        result += joined(products.map { $0.compactMap { pair in pair.a.flatMap { a in pair.b.map { (a, $0) } } } })
          .enumerated().map { place, tensor in
            // The product's two factors change places.
            var tensor = isTurned ? turned(tensor, isA: place == 0) : tensor
            let isFirst = (place == 0) != isTurned
            tensor.name = "\(module)\(wrapper).lora_\(isFirst ? "A" : "B").weight"
            return tensor
          }
      }
    }
    return result
  }

  /// A (experts · rank, inputs) and B (outputs, rank · experts) of products that stand below one another in each expert.
  private static func joined(_ products: [[(a: TinyTensor, b: TinyTensor)]]) -> [TinyTensor] {
    let rank = products[0].reduce(0) { $0 + $1.a.shape[0] }
    let outputs = products[0].reduce(0) { $0 + $1.b.shape[0] }
    var b = [Float](repeating: 0, count: outputs * rank * experts)
    for (expert, parts) in products.enumerated() {
      var (row, inner) = (0, 0)
      for part in parts {
        let (height, width) = (part.b.shape[0], part.b.shape[1])
        for r in 0..<height {
          for k in 0..<width { b[((row + r) * rank + inner + k) * experts + expert] = part.b.values[r * width + k] }
        }
        (row, inner) = (row + height, inner + width)
      }
    }
    let a = products.flatMap { $0.flatMap(\.a.values) }
    return [
      TinyTensor(name: "", shape: [experts * rank, products[0][0].a.shape[1]], values: a),
      TinyTensor(name: "", shape: [outputs, rank * experts], values: b),
    ]
  }

  /// A as the B of the transposed product, (inputs, rank · experts), or B as its A, (experts · rank, outputs).
  private static func turned(_ tensor: TinyTensor, isA: Bool) -> TinyTensor {
    let (rows, columns) = (tensor.shape[0], tensor.shape[1])
    var values = [Float](repeating: 0, count: tensor.values.count)
    let inner = (isA ? rows : columns) / experts
    for r in 0..<rows {
      for c in 0..<columns {
        // A's rows are expert by expert, B's columns rank by rank.
        let (expert, k) = isA ? (r / inner, r % inner) : (c % experts, c / experts)
        let target = isA ? c * inner * experts + k * experts + expert : (expert * inner + k) * rows + r
        values[target] = tensor.values[r * columns + c]
      }
    }
    return TinyTensor(name: "", shape: [columns, rows], values: values)
  }
}
