import Results
import Statistics

extension AdapterComparison {
  /// Puts adapters side by side. What a number says of an adapter does not depend on the others or their order.
  /// - Parameters:
  ///   - reports: At least one.
  ///   - differences: What they do not have in common though they should: ``ComparedReport/differences(_:)``.
  ///   - groups: Places in `reports` that are training runs of one kind, a name each.
  public init(
    _ reports: [ComparedReport], version: String, differences: [String] = [],
    groups: [(name: String, adapters: [Int])] = []
  ) {
    let comparer = Comparer(reports)
    self.init(
      version: version, base: comparer.base, regions: comparer.regions, adapters: comparer.adapters,
      differences: differences, notes: comparer.notes, measure: comparer.measure, blocks: comparer.blocks,
      pairs: comparer.pairs, layers: comparer.layers, heads: comparer.heads, profiles: comparer.profiles,
      knockouts: comparer.knockouts)
    (writers, gains) = (comparer.writers, comparer.gains)
    self.groups = groups.map(Group.init)
    groupRows = comparer.groupRows(self.groups)
  }
}

/// Computes the rows of a comparison.
struct Comparer {
  let reports: [ComparedReport]
  let analyses: [ComparedAnalysis?]
  /// All tokens, where there is more than one pair of regions, then the pairs of any adapter.
  let places: [RegionPair]
  let measure: AdapterComparison.Measure

  init(_ reports: [ComparedReport]) {
    precondition(!reports.isEmpty, "something to compare")
    self.reports = reports
    analyses = reports.map { $0.analysis.map(ComparedAnalysis.init) }
    var pairs: [RegionPair] = []
    for place in analyses.compactMap(\.self).flatMap(\.places) where !pairs.contains(place) { pairs.append(place) }
    places = pairs.count > 1 ? [.all] + pairs : pairs
    let own = reports.compactMap(\.analysis)
    measure =
      own.allSatisfy { $0.attention != nil } ? .divergence : own.allSatisfy { $0.mass != nil } ? .moved : .rms
  }

  var base: BaseSummary {
    guard let base = reports[0].analysis?.base ?? reports[0].ablation?.base else {
      preconditionFailure("a report of each adapter")
    }
    return base
  }

  var regions: [String] { reports[0].analysis?.regions ?? reports[0].ablation?.regions ?? [] }

  /// Each two adapters, the first before the second.
  var couples: [(first: Int, second: Int)] {
    reports.indices.flatMap { first in (first + 1..<max(reports.count, first + 1)).map { (first, $0) } }
  }

  var adapters: [AdapterComparison.Adapter] {
    reports.map { report in
      let (analysis, ablation) = (report.analysis, report.ablation)
      guard let adapted = analysis?.adapted ?? ablation?.adapted else {
        preconditionFailure("a report of each adapter")
      }
      let losses = losses(report)
      var loss: AdapterComparison.Loss?
      if let losses, losses.contains(where: { $0 != nil }) {
        let known = losses.compactMap(\.self)
        let tokens = known.reduce(0) { $0 + $1.weight }
        loss = AdapterComparison.Loss(
          base: known.reduce(0) { $0 + $1.base * $1.weight } / tokens,
          adapted: AdapterComparison.Estimate(
            known.reduce(0) { $0 + $1.adapted * $1.weight } / tokens, RatioEstimate.interval(ratios(losses))),
          prompts: known.count, lower: known.count { $0.adapted < $0.base })
      }
      return AdapterComparison.Adapter(
        name: report.name, adapted: adapted,
        mask: analysis?.mask ?? ablation?.mask ?? "",
        prompts: (analysis?.prompts ?? ablation?.prompts ?? []).count, loss: loss)
    }
  }

  /// A prompt's losses and how many tokens they are over.
  typealias PromptLoss = (base: Double, adapted: Double, weight: Double)

  /// By prompt, of the analysis, else of the ablation.
  func losses(_ report: ComparedReport) -> [PromptLoss?]? {
    if let loss = report.analysis?.loss { return loss.weighted }
    guard let ablation = report.ablation else { return nil }
    return ablation.runs.first?.prompts.map { $0.map { ($0.base, $0.adapted, Double($0.tokens)) } }
  }

  func ratios(_ losses: [PromptLoss?]) -> ComparedAnalysis.Ratios {
    losses.map { $0.map { ($0.adapted * $0.weight, $0.weight) } ?? (0, 0) }
  }

  var blocks: [AdapterComparison.BlockRow] {
    places.flatMap { place in
      analyses.enumerated().compactMap { adapter, analysis in
        guard let analysis, let sums = analysis.sums(place) else { return nil }
        func mean(_ value: Double?, _ part: (PromptContribution) -> [Double]?) -> AdapterComparison.Estimate? {
          value.map {
            AdapterComparison.Estimate($0, analysis.ratios(place, part).flatMap { RatioEstimate.interval($0) })
          }
        }
        let (own, felt) = (analysis.shareIntervals(place), analysis.feltRow(place))
        return AdapterComparison.BlockRow(
          adapter: adapter, query: place.query, key: place.key,
          divergence: mean(sums.divergence, \.divergence),
          felt: sums.feltShares.map { estimates($0, felt?.shareIntervals, analysis.shareRatios(place, \.felt)) },
          moved: mean(sums.meanMoved, \.moved), rms: sums.rms,
          shares: estimates(sums.shares(\.raw), own?.raw, analysis.shareRatios(place, \.raw)),
          centered: estimates(sums.shares(\.centered), own?.centered, analysis.shareRatios(place, \.centered)))
      }
    }
  }

  /// Shares with the intervals that the analysis holds, else with those that follow from what each prompt contributes.
  private func estimates(
    _ shares: [Double], _ own: [ClosedRange<Double>?]?, _ ratios: [ComparedAnalysis.Ratios]?
  ) -> [AdapterComparison.Estimate] {
    Term.allCases.map(\.rawValue).map { term in
      let interval = own.map { $0[term] } ?? ratios.flatMap { RatioEstimate.interval($0[term]) }
      return AdapterComparison.Estimate(shares[term], interval)
    }
  }

  /// Whether two analyses ran on the same prompts and say what each of them contributes.
  func isPaired(_ first: Int, _ second: Int) -> Bool {
    guard let one = reports[first].analysis, let other = reports[second].analysis else { return false }
    return one.promptsFingerprint == other.promptsFingerprint && one.prompts.count == other.prompts.count
      && one.byPrompt != nil && other.byPrompt != nil
  }

  var notes: [String] {
    let without = reports.filter { $0.analysis != nil && $0.analysis?.attention == nil }.map(\.name)
    let unpaired = analyses.indices.filter { analyses[$0] != nil && reports[$0].analysis?.byPrompt == nil }
    var notes: [String] = []
    if !without.isEmpty {
      notes.append(
        "\(without.joined(separator: ", ")): analysed without attention divergence, so layers and heads are compared by "
          + "\(measure == .moved ? "the attention that moved" : "the size of the scores' change"). Analyse with --parts attention to "
          + "compare what attention felt, in nats.")
    }
    if !unpaired.isEmpty {
      notes.append(
        "\(unpaired.map { reports[$0].name }.joined(separator: ", ")): the file does not say what each prompt contributes (an "
          + "earlier version wrote it), so intervals are of each adapter alone and differences have none.")
    }
    let alone = analyses.indices.filter { analyses[$0] == nil }.map { reports[$0].name }
    if !alone.isEmpty, alone.count < reports.count {
      notes.append("\(alone.joined(separator: ", ")): no analysis was given, an ablation alone.")
    }
    return notes + ablationNotes
  }

  /// What was done with the ablations.
  private var ablationNotes: [String] {
    let own = reports.filter { $0.ablation != nil }
    guard let first = own.first else { return [] }
    func count(_ number: Int) -> String { "\(number) intervention\(number == 1 ? "" : "s")" }
    guard own.count > 1 else {
      return [
        """
        \(first.name): its ablation is the only one, so its \(count(first.ablation?.runs.count ?? 0)) have nothing to stand beside and are \
        left out; ablate the other adapters alike, or see them on its own page with leibniz page.
        """
      ]
    }
    let shared = Set(knockouts.map(\.name))
    return own.map { report in
      let all = (report.ablation?.overview ?? []) + (report.ablation?.knockouts ?? [])
      let compared = all.count { shared.contains($0.name) }
      let rest = all.count - compared
      let left = rest == 0 ? "" : "; another ablation lacks the other \(rest), which are left out"
      let losses = report.analysis?.loss == nil ? ", and its losses are the ablation's" : ""
      return
        "\(report.name): of its ablation \(count(compared)) stand beside the same of another adapter\(left)\(losses)."
    }
  }
}
