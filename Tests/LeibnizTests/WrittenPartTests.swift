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
@testable import Results
@testable import Subjects

/// Leaving out of queries and keys what single writers wrote into them.
@Suite struct WrittenPartTests {
  @Test func `Parts are named by writer and operand`() throws {
    let both = try Intervention.parseDropped("written:L5.mlp, dKtQ,dQ.written:embed")
    #expect(both.parts == [.dKtQ])
    #expect(WrittenPart.names(both.written) == ["written:L5.mlp", "dQ.written:embed"])
    #expect(Intervention(written: both.written, from: "after").name == "written:L5.mlp,dQ.written:embed after→*")
    for name in ["written:", "written:L5", "written:L5H2", "written:scale", "dV.written:L5.mlp", "dK.written:head"] {
      #expect(throws: InterventionError.self) { try Intervention.parseDropped(name) }
    }
  }

  @Test(arguments: [false, true]) func `Plain runs verify what is left out`(isMasked: Bool) throws {
    try withTinyPair(masked: isMasked) { pair in
      let ablation = try pair.ablation(
        try ["written:L0.mlp", "dK.written:L0.attention,dQ.written:L1.mlp", "written:L0.attention,dK.own"].map(dropping)
          + [
            // It differs from the adapted run before that writer has written anything.
            dropping("dKtQ,written:L1.attention"), dropping("written:L0.mlp", layers: [2]),
            dropping("written:L0.mlp", from: "after", to: "before"), dropping("dK.inherited,written:L0.mlp"),
          ]
      ) { $0.verifiedPrompts = 2 }
      let verification = try #require(ablation.verification)
      #expect(verification.passed, "\(verification.worst.prefix(3))")
      let outcomes = ablation.knockouts.map { $0.prompts.compactMap(\.self) }
      #expect(outcomes.allSatisfy { $0.allSatisfy { $0.knockout != $0.adapted } })
      // What is inherited is what was written, so that nothing more goes with it.
      let inherited = try pair.ablation([dropping("dK.inherited,dQ.written:L0.mlp")])
      for (one, other) in zip(outcomes[6], inherited.knockouts[0].prompts.compactMap(\.self)) {
        #expect(abs(one.knockout - other.knockout) <= 1e-6)
      }
    }
  }

  @Test func `What nobody wrote changes no bit`() throws {
    try withTinyPair(masked: true) { pair in
      // The tables stay the base's, and before the separator nothing changes.
      let ablation = try pair.ablation([
        dropping("written:embed"), dropping("written:L0.mlp", from: "before"),
        dropping("dK.written:L0.mlp", to: "before"),
      ])
      for knockout in ablation.knockouts {
        #expect(
          knockout.prompts.compactMap(\.self).allSatisfy { $0.knockout == $0.adapted && $0.kl == 0 }, "\(knockout.name)"
        )
      }
    }
  }

  @Test(arguments: OracleCase.with("writers")) func `All kinds of norms, heads and caps`(_ oracle: OracleCase) throws {
    let ablation = try ablate(
      base: oracle.base, adapted: oracle.adapted, prompts: .file(oracle.prompts),
      interventions: [dropping("written:L0.mlp"), dropping("dQ.written:L0.attention,dK.written:embed")],
      options: AblationOptions(hasOverview: false, threads: 2, verifiedPrompts: 1))
    let verification = try #require(ablation.verification)
    #expect(verification.passed, "\(verification.worst.prefix(3))")
  }

  @Test func `A sweep cuts the paths from every writer that has readers`() throws {
    try withTinyPair { pair in
      let ablation = try pair.ablation([]) { ($0.sweeps, $0.hasOverview) = ([.writers], false) }
      let members = ablation.knockouts.map { $0.family?.member ?? $0.name }
      #expect(members.prefix(3) == ["written:embed", "written:L0.attention", "written:L0.mlp"])
      #expect(Set(ablation.knockouts.map { $0.family?.whole }) == ["written"])
      // Nobody reads what the last layer writes but the head.
      #expect(members.count == 2 * (try layers(pair) - 1) + 1)
    }
  }

  @Test func `Nobody reads what stands behind it, or is not there`() throws {
    try withTinyPair { pair in
      let last = try layers(pair) - 1
      for (intervention, reason) in [
        (try dropping("written:L\(last).mlp"), "no layer that is named reads"),
        (try dropping("written:L1.mlp", layers: [0, 1]), "no layer that is named reads"),
        (try dropping("written:L\(last + 1).mlp"), "no such writer"),
      ] {
        let error = try #require(#expect(throws: InterventionError.self) { try pair.ablation([intervention]) })
        #expect("\(error)".contains(reason), "\(error)")
      }
    }
  }

  private func layers(_ pair: TinyPair) throws -> Int { try pair.analysis().base.layers }

  private func dropping(_ text: String) throws -> Intervention { try dropping(text, layers: nil) }

  private func dropping(
    _ text: String, from query: String? = nil, to key: String? = nil, layers: Set<Int>? = nil
  ) throws -> Intervention {
    let dropped = try Intervention.parseDropped(text)
    return Intervention(dropping: dropped.parts, written: dropped.written, from: query, to: key, layers: layers)
  }
}
