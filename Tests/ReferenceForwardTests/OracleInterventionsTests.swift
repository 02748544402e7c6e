import OracleFixtures
import ReferenceForward
import StrictJSON
import Testing
import Vocabulary

/// Knock-outs, masks by site and two views in the plain runs against the library's, widened to double.
@Suite struct OracleInterventionsTests {
  @Test(arguments: OracleCase.with("knockout"))
  func `Knock-outs agree with the library`(_ oracle: OracleCase) throws {
    try compare(oracle, with: oracle.expected("knockout"))
  }

  @Test(arguments: OracleCase.with("interventions"))
  func `Interventions agree with the library`(_ oracle: OracleCase) throws {
    try compare(oracle, with: oracle.expected("interventions"))
  }

  @Test func `Committed cases have reference values of interventions`() throws {
    #expect(OracleCase.with("interventions").count >= 3)
  }

  private func compare(_ oracle: OracleCase, with expected: [JSONReader]) throws {
    let runs = try OracleRuns(oracle)
    let pairs = try runs.prompts.map { try runs.pair($0) }
    #expect(!expected.isEmpty)
    for entry in expected {
      let intervention = try intervention(entry)
      let references = try entry.objects("prompts")
      #expect(references.count == runs.prompts.count)
      for ((prompt, (base, adapted)), reference) in zip(zip(runs.prompts, pairs), references) {
        let model = runs.adapted(prompt, sites: try sites(entry, prompt))
        let run = try model.run(
          prompt.tokens, leavingOut: intervention, base: base, regions: prompt.regions,
          logitPositions: prompt.scoredPositions)
        let outcome = try #require(
          ReferenceOutcome(
            base: base, adapted: adapted, intervened: run, tokens: prompt.tokens,
            predicted: prompt.separator + 1..<prompt.tokens.count))
        let name = "\(try entry.optionalString("name") ?? "") \(try entry.optionalStrings("drop") ?? [])"
        try check(outcome, with: reference, tolerance: runs.tolerance, name: name)
      }
    }
  }

  private func check(_ outcome: ReferenceOutcome, with reference: JSONReader, tolerance: Double, name: String) throws {
    #expect(outcome.tokens == (try reference.integer("tokens")), "\(name)")
    for (side, found) in [
      ("base", outcome.base), ("adapted", outcome.adapted), ("knockout", outcome.intervened),
    ] {
      let loss = try reference.number(side)
      #expect(abs(found - loss) <= tolerance * max(loss, 1), "\(name) \(side): \(found) where \(loss) is expected")
    }
    let divergence = try reference.number("kl")
    #expect(
      abs(outcome.divergence - divergence) <= max(1e-4 * divergence, 1e-7),
      "\(name) kl: \(outcome.divergence) where \(divergence) is expected")
    if let agreement = try reference.optionalNumber("agreement") {
      let equal = (agreement * Double(outcome.tokens)).rounded()
      #expect((outcome.agreement * Double(outcome.tokens)).rounded() == equal, "\(name) agreement")
    }
  }

  private func intervention(_ entry: JSONReader) throws -> ReferenceIntervention {
    var dropped = Set<Part>()
    for name in try entry.optionalStrings("drop") ?? [] {
      dropped.formUnion(try #require(Part.named(name), "\(name)"))
    }
    var heads: Set<ReferenceIntervention.Head>?
    for value in try entry.optionalArray("heads") ?? [] {
      guard case .array(let pair) = value, case .integer(let layer) = pair[0], case .integer(let head) = pair[1]
      else { throw entry.error("heads", "pairs of layer and head are expected") }
      heads = (heads ?? []).union([.init(layer: Int(layer), head: Int(head))])
    }
    return ReferenceIntervention(
      dropping: dropped, query: OracleRegion.index(try entry.string("query")),
      key: OracleRegion.index(try entry.string("key")), layers: try entry.optionalIntegers("layers").map(Set.init),
      heads: heads)
  }

  /// The masks by site: `none` lets a site's change act everywhere, `after` from the separator on, `off` nowhere.
  private func sites(_ entry: JSONReader, _ prompt: OracleCase.Prompt) throws -> [Site: ReferenceMask] {
    guard let names = try entry.optionalObject("mask") else { return [:] }
    var sites: [Site: ReferenceMask] = [:]
    for site in Site.allCases {
      switch try names.optionalString(site.rawValue) {
      case nil, "auto": break
      case "none": sites[site] = ReferenceMask()
      case "after": sites[site] = ReferenceMask(all: prompt.regions.map { $0 == 1 ? 1 : 0 })
      case "off": sites[site] = ReferenceMask(all: prompt.regions.map { _ in 0 })
      case .some(let other): throw names.error(site.rawValue, "no mask: \(other)")
      }
    }
    return sites
  }
}
