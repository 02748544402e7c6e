import Foundation
import LeibnizTesting
import PairFixtures
import Testing

@testable import Analyses
@testable import Interventions
@testable import Leibniz
@testable import LongRuns
@testable import Measures
@testable import Subjects

/// What must hold of interventions whatever the numbers are.
@Suite struct AblationTests {
  @Test func `A knock-out of a structural zero changes nothing, to the bit`() throws {
    try withTinyPair(masked: true) { pair in
      let ablation = try pair.ablation([
        Intervention(dropping: [.dKtQ, .dKtdQ], from: "after", to: "before"),
        Intervention(dropping: Part.scores + Part.values, from: "before", to: "before"),
        Intervention(dropping: [.normKeys, .normQueries]),
        Intervention(dropping: [.KtdQ], from: "after", to: "before"),
      ])
      for knockout in ablation.knockouts.dropLast() {
        for outcome in knockout.prompts.compactMap(\.self) {
          #expect(outcome.knockout == outcome.adapted && outcome.kl == 0 && outcome.agreement == 1, "\(knockout.name)")
        }
        #expect(knockout.benefitLost == nil || knockout.benefitLost == 0)
      }
      #expect(try #require(ablation.knockouts.last?.pooled).kl > 1e-6, "a term that is there does matter")
    }
  }

  @Test func `Without scores and values an adapter of queries, keys and values is the base`() throws {
    var options = TinyPair.Options()
    options.targets = [.query, .key, .value]
    try withTinyPair(options) { pair in
      let ablation = try pair.ablation([
        Intervention(dropping: Part.scores + Part.values), Intervention(dropping: Part.scores),
        Intervention(mask: try MaskPlan.parsed("q,k,v:off")), Intervention(mask: try MaskPlan.parsed("attention:off")),
      ])
      for place in [0, 2, 3] {
        for outcome in ablation.knockouts[place].prompts.compactMap(\.self) {
          #expect(outcome.knockout == outcome.base)
        }
      }
      #expect(ablation.knockouts[1].prompts.compactMap(\.self).allSatisfy { $0.knockout != $0.base })
    }
  }

  @Test(arguments: [
    ([Part.KtdQ], [Part.dKtQ, .dKtdQ]), (Part.scores, []), ([.dPV, .PdV], [.dPdV]),
    ([.ownKeys], [.inheritedKeys, .jointKeys, .normKeys]), ([.KtdQ, .dPV], [.dKtQ, .dKtdQ, .PdV, .dPdV]),
  ])
  func `Keep is the complement of drop`(kept: [Part], dropped: [Part]) {
    #expect(Part.complement(of: kept) == dropped)
    if !dropped.isEmpty { #expect(Set(Part.complement(of: dropped)) == Set(kept)) }
  }

  @Test func `A sweep equals its knock-outs one by one`() throws {
    try withTinyPair { pair in
      let whole = Intervention(dropping: Part.scores, from: "after", to: "before")
      let sweep = try pair.ablation([whole]) { $0.sweeps = [.heads, .layers] }.knockouts
      #expect(sweep.count == 1 + 3 * 4 + 3)
      for member in [sweep[1], sweep[6], sweep[12], sweep[14]] {
        var single = whole
        single.layers = member.layers.map(Set.init)
        single.heads = member.heads.map(Set.init)
        try expectAgreement(member, #require(pair.ablation([single]).knockouts.first))
      }
      #expect(sweep[1].name == "scores after→before: L0H0" && sweep[13].name == "scores after→before: L0")
    }
  }

  @Test func `Memory cuts the interventions into waves and changes no number`() throws {
    try withTinyPair { pair in
      let list = [Intervention(dropping: [.dKtQ]), Intervention(dropping: [.inheritedQueries]), .twoViews]
      let whole = try pair.ablation(list)
      let cut = try pair.ablation(list) { $0.memory = 1 }
      for (a, b) in zip(whole.overview + whole.knockouts, cut.overview + cut.knockouts) { try expectAgreement(a, b) }
    }
  }

  @Test func `More tokens than usual go through a layer where memory allows`() throws {
    try withTinyPair { pair in
      let run = try AblationRun(
        base: pair.base, adapted: [pair.adapter], prompts: .file(pair.prompts),
        interventions: [Intervention(dropping: [.dKtQ])], options: AblationOptions())
      #expect(InterventionWaves(run.ablaters[0].all, run.ablaters[0].subject, memory: 1 << 34).batchTokens > 1 << 20)
      #expect(InterventionWaves(run.ablaters[0].all, run.ablaters[0].subject, memory: 1).batchTokens == 1)
    }
  }

  @Test func `Families cover what they are over`() throws {
    try withTinyPair { pair in
      let ablation = try pair.ablation([]) { $0.sweeps = [.terms, .sources, .blocks] }
      let names = ablation.knockouts.map(\.name)
      #expect(ablation.knockouts.filter { $0.sweep == "terms" }.count == 6)
      #expect(ablation.knockouts.filter { $0.sweep == "sources" }.count == 9, "\(names)")
      #expect(ablation.knockouts.filter { $0.sweep == "blocks" }.count == 3, "before → after has no pair")
      #expect(ablation.knockouts.allSatisfy { $0.family != nil }, "\(names)")
      #expect(
        ablation.overview.map(\.name) == ["scores", "changed values", "scores and values", "dKtQ", "KtdQ", "dKtdQ"])
    }
  }

  @Test func `Two views leave the stream before the separator exactly zero`() throws {
    try withTinyPair { pair in
      let analysis = try pair.analysis {
        $0.showsTwoViews = true
        $0.verifiedPrompts = 1
      }
      for row in analysis.stream { #expect((row.relative == 0) == (row.region == "before" || row.layer == 0)) }
      let lookups = analysis.summary.filter { $0.query == "after" && $0.key == "before" }
      #expect(lookups.contains { $0.raw[.dKtQ].magnitude.rms > 0 }, "keys are offered to later tokens")
      #expect(
        analysis.verification?.passed == true, "\(analysis.verification?.worst.filter { $0.difference > 1e-3 } ?? [])")
      #expect(analysis.warnings.first?.hasPrefix("A counterfactual") == true)
      let ablation = try pair.ablation([.twoViews, Intervention(mask: .init(.after))])
      #expect(ablation.knockouts[0].mask["k"] == "none" && ablation.knockouts[0].mask["o"] == "after")
      #expect(ablation.knockouts[0].pooled != ablation.knockouts[1].pooled)
      let losses = try #require(analysis.loss)
      for (outcome, loss) in zip(ablation.knockouts[0].prompts, losses.adapted) {
        #expect(abs(try #require(outcome).knockout - (try #require(loss))) <= 1e-6)
      }
    }
  }

  @Test func `Masks by projection are analysed and verified`() throws {
    try withTinyPair { pair in
      let analysis = try pair.analysis {
        $0.mask = .after
        $0.siteMasks = [.k: .none, .down: .off]
        $0.verifiedPrompts = 2
      }
      #expect(analysis.mask == "after; k:none; down:off")
      #expect(
        analysis.verification?.passed == true, "\(analysis.verification?.worst.filter { $0.difference > 1e-3 } ?? [])")
      #expect(analysis.warnings.first?.hasPrefix("A counterfactual") == true)
      #expect(try pair.analysis { $0.siteMasks = [.q: .auto, .up: .none] }.blocks == pair.analysis().blocks)
    }
  }

  @Test func `In an intervention auto and sites without a word follow the mask that was stated`() throws {
    try withTinyPair { pair in
      func losses(own: String, _ mask: String?) throws -> (mask: [String: String], losses: [Double]) {
        let plan = try MaskPlan.parsed(own)
        let ablation = try pair.ablation([
          Intervention(dropping: mask == nil ? [.dKtdQ] : [], mask: try mask.map { try MaskPlan.parsed($0) })
        ]) {
          ($0.mask, $0.siteMasks) = (plan.general, plan.sites)
          $0.verifiedPrompts = 1
        }
        #expect(ablation.verification?.passed == true)
        let knockout = ablation.knockouts[0]
        return (knockout.mask, knockout.prompts.compactMap { $0?.knockout })
      }
      var after = MaskPlan(.after).places
      let stated = try losses(own: "after", "k:none")
      after["k"] = "none"
      #expect(stated.mask == after)
      // The same by a plan that says all of it.
      var whole = MaskPlan(.after)
      try whole.add("k:none")
      let plain = try pair.ablation([Intervention(mask: whole)])
      for (own, other) in zip(stated.losses, plain.knockouts[0].prompts) {
        #expect(abs(own - (try #require(other).knockout)) <= 1e-5)
      }
      #expect(stated.losses != (try losses(own: "none", "k:none").losses))
      // Auto for a projection of a mask that is stated, and auto for all.
      let back = try losses(own: "after", "auto")
      #expect(back.mask == MaskPlan(.after).places)
      #expect(try losses(own: "v:off", "none").mask == MaskPlan(.none).places)
      var mixed = MaskPlan(.none, sites: [.v: .auto]).following(MaskPlan(.after, sites: [.v: .off]))
      #expect(mixed == MaskPlan(.none, sites: [.v: .off]))
      mixed = MaskPlan(.auto, sites: [.q: .auto, .k: .none]).following(MaskPlan(.after, sites: [.v: .off]))
      #expect(mixed == MaskPlan(.after, sites: [.q: .after, .k: .none, .v: .off]))
      // What is left out under two masks is not told by the same words.
      #expect(try losses(own: "after", nil).mask != losses(own: "none", nil).mask)
    }
  }

  @Test(arguments: [false, true]) func `Interventions are verified by plain runs`(isMasked: Bool) throws {
    try withTinyPair(masked: isMasked) { pair in
      let list = [
        Intervention(dropping: Part.scores), Intervention(dropping: [.inheritedKeys, .jointValues], layers: [1, 2]),
        Intervention(dropping: [.dPV], from: "after", to: "before", mask: try MaskPlan.parsed("v:none")), .twoViews,
      ]
      let ablation = try pair.ablation(list) {
        $0.verifiedPrompts = 2
        $0.sweeps = [.layers]
        $0.lossRegion = "after"
      }
      let verification = try #require(ablation.verification)
      #expect(verification.passed, "\(verification.worst)")
      #expect(verification.worst.map(\.statistic) == ["kl", "loss.adapted", "loss.base", "loss.intervened"])
    }
  }

  @Test func `A region's tokens may be predicted in place of those after the separator`() throws {
    try withTinyPair { pair in
      let own = try pair.ablation([Intervention(dropping: [.dKtQ])])
      let after = try pair.ablation([Intervention(dropping: [.dKtQ])]) { $0.lossRegion = "after" }
      let before = try pair.ablation([Intervention(dropping: [.dKtQ])]) { $0.lossRegion = "before" }
      for index in own.prompts.indices {
        let (tokens, separator) = (own.prompts[index].tokens, try #require(own.prompts[index].separator))
        #expect(own.knockouts[0].prompts[index]?.tokens == tokens - separator - 1)
        #expect(after.knockouts[0].prompts[index]?.tokens == tokens - separator, "the separator too")
        #expect(before.knockouts[0].prompts[index]?.tokens == separator - 1, "the first token has no prediction")
      }
    }
  }

  @Test func `A plain LoRA with a separator is warned of masks that were used in training alone`() throws {
    func warnings(_ isMasked: Bool, _ mask: MaskRule = .auto) throws -> [String] {
      try withTinyPair(masked: isMasked) { pair in
        try pair.ablation([Intervention(dropping: [.dKtQ])]) { $0.mask = mask }.warnings
      }
    }
    #expect(try warnings(false).contains { $0.contains("plain LoRA") && $0.contains("--own-mask after") })
    #expect(try !warnings(true).contains { $0.contains("plain LoRA") })
    #expect(try !warnings(false, .after).contains { $0.contains("plain LoRA") })
    #expect(try withTinyPair { try $0.analysis().warnings }.contains { $0.contains("(--own-mask after") })
  }

  private func expectAgreement(_ a: Knockout, _ b: Knockout) throws {
    for (left, right) in zip(a.prompts, b.prompts) {
      let (left, right) = (try #require(left), try #require(right))
      #expect(abs(left.knockout - right.knockout) <= 1e-6 && abs(left.kl - right.kl) <= 1e-6, "\(a.name)")
    }
  }
}
