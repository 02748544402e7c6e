import Architectures
import Checkpoints
import OracleFixtures
import Testing
import Vocabulary

@testable import ReferenceForward

/// What must hold of interventions whatever the numbers are.
@Suite struct InterventionTests {
  @Test(arguments: OracleCase.bundled) func `Leaving nothing out is the adapted run`(_ oracle: OracleCase) throws {
    let (prompt, base, adapted, run) = try intervene(oracle, ReferenceIntervention(dropping: []))
    #expect(run.logits == adapted.logits && run.logits != base.logits && !prompt.tokens.isEmpty)
  }

  @Test func `Without scores, values and the other projections the base is restored`() throws {
    let off: [Site: ReferenceMask] = Dictionary(
      uniqueKeysWithValues: [Site.o, .gate, .up, .down].map { ($0, offMask) })
    let parts = all("scores").union(all("values"))
    let (_, base, _, run) = try intervene(qwen, ReferenceIntervention(dropping: parts), sites: { _ in off })
    #expect(run.logits == base.logits)
    #expect(run.layers.map(\.stream) == base.layers.map(\.stream))
  }

  @Test func `Two views leave the stream before the separator untouched`() throws {
    let parts = all("scores").union(all("values"))
    let intervention = ReferenceIntervention(dropping: parts, query: 0, key: 0)
    let (prompt, base, _, run) = try intervene(
      qwen, intervention,
      sites: { prompt in
        let after = ReferenceMask(all: prompt.regions.map { $0 == 1 ? 1 : 0 })
        return [.q: after, .o: after, .gate: after, .up: after, .down: after]
      })
    var moved = 0
    for (a, b) in zip(base.layers, run.layers) {
      let width = a.stream.count / prompt.tokens.count
      #expect(a.stream[..<(prompt.separator * width)] == b.stream[..<(prompt.separator * width)])
      if a.stream != b.stream { moved += 1 }
    }
    #expect(moved == base.layers.count - 1, "what follows the separator moves from the first layer on")
  }

  /// Biases, query and key norms, soft caps.
  @Test(arguments: ["qwen2-lora", "qwen3-alora", "gemma2-lora-whisper"])
  func `An operand without its sources is an operand that does not change`(_ name: String) throws {
    let oracle = try #require(OracleCase.bundled(name))
    for (operand, terms) in [
      ("dK", ["dKtQ", "dKtdQ"]), ("dQ", ["KtdQ", "dKtdQ"]), ("dV", ["PdV", "dPdV"]),
    ] {
      let first = try intervene(oracle, ReferenceIntervention(dropping: all(operand))).run
      let parts = terms.reduce(into: Set<Part>()) { $0.formUnion(all($1)) }
      let second = try intervene(oracle, ReferenceIntervention(dropping: parts)).run
      let largest = zip(first.logits, second.logits).map { abs($0 - $1) }.max() ?? .infinity
      #expect(largest <= 1e-11, "\(operand)")
    }
  }

  @Test func `Layers and heads restrict an intervention`() throws {
    let parts = all("scores")
    let none = try intervene(qwen, ReferenceIntervention(dropping: parts, layers: []))
    #expect(none.run.logits == none.adapted.logits)
    let elsewhere = try intervene(
      qwen, ReferenceIntervention(dropping: parts, layers: [1], heads: [.init(layer: 0, head: 1)]))
    #expect(elsewhere.run.logits == elsewhere.adapted.logits)
    let one = try intervene(
      qwen, ReferenceIntervention(dropping: parts, layers: [1], heads: [.init(layer: 1, head: 2)]))
    #expect(one.run.logits != one.adapted.logits)
    #expect(one.run.layers[1].stream == one.adapted.layers[1].stream)
    #expect(one.run.layers[2].stream != one.adapted.layers[2].stream)
  }

  @Test func `Names stand for parts and groups of them`() {
    #expect(Part.named("dKtQ") == [.dKtQ])
    #expect(Part.named("dPdV") == [.dPdV])
    #expect(Part.named("dQ.own") == [.ownQueries])
    #expect(Part.named("scores")?.count == 3)
    #expect(Part.named("values")?.count == 3)
    #expect(Part.named("dV")?.count == 4)
    for name in ["", "dK.", "dK.other", "dK.own.own", "dktq", ".own", "scores "] {
      #expect(Part.named(name) == nil, "\(name)")
    }
  }

  private let offMask = ReferenceMask(all: .init(repeating: 0, count: 23))

  private var qwen: OracleCase {
    get throws { try #require(OracleCase.bundled("qwen2-lora")) }
  }

  private func all(_ name: String) -> Set<Part> { Set(Part.named(name) ?? []) }

  private typealias Outcome = (
    prompt: OracleCase.Prompt, base: ReferenceRun, adapted: ReferenceRun, run: ReferenceRun
  )

  private func intervene(
    _ oracle: OracleCase, _ intervention: ReferenceIntervention,
    sites: (OracleCase.Prompt) -> [Site: ReferenceMask] = { _ in [:] }
  ) throws -> Outcome {
    let runs = try OracleRuns(oracle)
    let prompt = try #require(runs.prompts.first)
    let (base, adapted) = try runs.pair(prompt)
    let run = try runs.adapted(prompt, sites: sites(prompt)).run(
      prompt.tokens, leavingOut: intervention, base: base, regions: prompt.regions,
      logitPositions: prompt.scoredPositions)
    return (prompt, base, adapted, run)
  }
}
