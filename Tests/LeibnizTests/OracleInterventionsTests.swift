import Foundation
import Leibniz
import OracleFixtures
import StrictJSON
import Testing

/// Whole ablations against transformers and PEFT with parts left out, every float32 step widened to double.
@Suite struct OracleInterventionsTests {
  @Test(arguments: OracleCase.with("knockout")) func `Knock-outs agree with the library`(_ oracle: OracleCase) throws {
    try compare(oracle, "knockout")
  }

  @Test(arguments: OracleCase.with("interventions"))
  func `Interventions agree with the library`(_ oracle: OracleCase) throws {
    try compare(oracle, "interventions")
  }

  /// All of a case in one pass, as forks beside each other.
  private func compare(_ oracle: OracleCase, _ part: String) throws {
    let expected = try oracle.expected(part)
    let ablation = try ablate(
      base: oracle.base, adapted: oracle.adapted, prompts: .file(oracle.prompts),
      interventions: expected.map(intervention), options: AblationOptions(hasOverview: false, threads: 2))
    #expect(ablation.knockouts.count == expected.count)
    for (knockout, reference) in zip(ablation.knockouts, expected) {
      let outcomes = try reference.objects("prompts")
      #expect(knockout.prompts.count == outcomes.count)
      for (found, outcome) in zip(knockout.prompts, outcomes) {
        try compare(try #require(found), with: outcome, "\(oracle) \(knockout.name)")
      }
    }
  }

  private func compare(_ found: PredictionOutcome, with reference: JSONReader, _ name: String) throws {
    #expect(found.tokens == (try reference.integer("tokens")), "\(name)")
    for (side, value) in [("base", found.base), ("adapted", found.adapted), ("knockout", found.knockout)] {
      let loss = try reference.number(side)
      #expect(abs(value - loss) <= 2e-5 * max(loss, 1), "\(name) \(side): \(value) where \(loss) is expected")
    }
    let divergence = try reference.number("kl")
    #expect(
      abs(found.kl - divergence) <= max(1e-4 * divergence, 1e-7),
      "\(name) kl: \(found.kl) where \(divergence) is expected")
    if let agreement = try reference.optionalNumber("agreement") {
      #expect(abs(found.agreement - agreement) <= 1e-9, "\(name) agreement")
    }
  }

  private func intervention(_ entry: JSONReader) throws -> Intervention {
    var mask: MaskPlan?
    if let names = try entry.optionalObject("mask") {
      var plan = MaskPlan()
      for site in Site.allCases {
        if let place = try names.optionalString(site.rawValue) { try plan.add("\(site.rawValue):\(place)") }
      }
      if !plan.sites.isEmpty { mask = plan }
    }
    func region(_ name: String) throws -> String? {
      let region = try entry.string(name)
      return region == "*" ? nil : region
    }
    var heads: Set<Knockout.Head>?
    for value in try entry.optionalArray("heads") ?? [] {
      guard case .array(let pair) = value, case .integer(let layer) = pair[0], case .integer(let head) = pair[1]
      else { throw entry.error("heads", "pairs of layer and head are expected") }
      heads = (heads ?? []).union([.init(layer: Int(layer), head: Int(head))])
    }
    return Intervention(
      dropping: try (entry.optionalStrings("drop") ?? []).flatMap { try #require(Part.named($0)) },
      from: try region("query"), to: try region("key"), layers: try entry.optionalIntegers("layers").map(Set.init),
      heads: heads, mask: mask)
  }
}
