import Results
import Statistics

/// Several training runs of one kind: means over runs, and how the means of two kinds differ.
extension Comparer {
  /// A number of each adapter, nil where its reports lack it.
  private struct Statistic {
    var layer: Int?
    var head: Int?
    var place: RegionPair
    var name: String
    var values: [Double?]
  }

  /// The rows of groups: each by itself, then each two of them.
  func groupRows(_ groups: [AdapterComparison.Group]) -> [AdapterComparison.GroupRow] {
    guard !groups.isEmpty else { return [] }
    let pooled = pooledStatistics
    let couples = groups.indices.flatMap { first in (first + 1..<max(groups.count, first + 1)).map { (first, $0) } }
    let means = groups.indices.flatMap { index in pooled.compactMap { mean(groups[index], index, $0) } }
    let differences = couples.flatMap { couple in pooled.compactMap { difference(groups, couple, $0) } }
    let places = placedStatistics
    var fine = couples.flatMap { couple in places.compactMap { difference(groups, couple, $0) } }
    let adjusted = Holm.adjusted(fine.map(\.chance))
    for index in fine.indices { fine[index].holm = adjusted[index] }
    return means + differences + fine
  }

  /// What is pooled over layers and heads, and losses and knock-outs.
  private var pooledStatistics: [Statistic] {
    let sizes = places.flatMap { place -> [Statistic] in
      let sums = analyses.map { $0?.sums(place) }
      func row(_ name: String, _ value: (ComparedAnalysis.Sums) -> Double?) -> Statistic {
        Statistic(place: place, name: name, values: sums.map { $0.flatMap(value) })
      }
      let shares = ["", "centered."].flatMap { prefix in
        Term.allCases.map { term in
          row("\(prefix)\(term.name).share") { $0.shares(prefix.isEmpty ? \.raw : \.centered)[term.rawValue] }
        }
      }
      let felt = Term.allCases.map { term in row("felt.\(term.name).share") { $0.feltShares?[term.rawValue] } }
      return [row("divergence", \.divergence), row("moved", \.meanMoved), row("rms") { $0.rms }] + felt + shares
    }
    let losses = adapters.map(\.loss)
    let effects = [
      Statistic(place: .all, name: "loss", values: losses.map { $0?.adapted.value }),
      Statistic(place: .all, name: "benefit", values: losses.map { loss in loss.map { $0.base - $0.adapted.value } }),
    ]
    let lost = knockouts.filter { $0.sweep == nil }.map { row in
      Statistic(place: .all, name: "benefitLost: \(row.name)", values: row.benefitLost.map { $0?.value })
    }
    return sizes + effects + lost
  }

  /// The measure by layer and by head.
  private var placedStatistics: [Statistic] {
    let layers = (0..<(analyses.compactMap { $0?.analysis.base.layers }.max() ?? 0)).map {
      (layer: $0, head: Int?.none)
    }
    let heads = headPlaces.map { (layer: $0.layer, head: Int?.some($0.head)) }
    return places.flatMap { place in
      (layers + heads).map { layer, head in
        Statistic(
          layer: layer, head: head, place: place, name: measure.rawValue,
          values: analyses.map { value($0?.sums(layer: layer, head: head, place)) })
      }
    }
  }

  /// The mean over a group; nil where one of its runs lacks the number.
  private func mean(
    _ group: AdapterComparison.Group, _ index: Int, _ statistic: Statistic
  ) -> AdapterComparison.GroupRow? {
    guard let numbers = numbers(group, statistic), let first = numbers.first else { return nil }
    let estimate = MeanEstimate(numbers)
    return AdapterComparison.GroupRow(
      group: index, layer: statistic.layer, head: statistic.head, query: statistic.place.query,
      key: statistic.place.key, statistic: statistic.name,
      estimate: Estimate(estimate?.value ?? first, estimate?.interval), runs: numbers.count)
  }

  /// How two groups differ: paired, the first run with the first, where both have as many; else by Welch.
  private func difference(
    _ groups: [AdapterComparison.Group], _ couple: (first: Int, second: Int), _ statistic: Statistic
  ) -> AdapterComparison.GroupRow? {
    guard let one = numbers(groups[couple.first], statistic), let other = numbers(groups[couple.second], statistic),
      !one.isEmpty, !other.isEmpty
    else { return nil }
    let isPaired = one.count == other.count
    let estimate =
      isPaired
      ? MeanEstimate(zip(one, other).map { $0 - $1 })
      : MeanEstimate(one).flatMap { first in MeanEstimate(other).map { first.less($0) } }
    let (first, second) = (one.reduce(0, +) / Double(one.count), other.reduce(0, +) / Double(other.count))
    return AdapterComparison.GroupRow(
      group: couple.first, less: couple.second, layer: statistic.layer, head: statistic.head,
      query: statistic.place.query, key: statistic.place.key, statistic: statistic.name,
      estimate: Estimate(estimate?.value ?? first - second, estimate?.interval), runs: min(one.count, other.count),
      isPaired: isPaired, chance: estimate?.chance)
  }

  private func numbers(_ group: AdapterComparison.Group, _ statistic: Statistic) -> [Double]? {
    let numbers = group.adapters.compactMap { statistic.values[$0] }
    return numbers.count == group.adapters.count ? numbers : nil
  }
}
