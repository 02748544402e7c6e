import LinearAlgebra
import Results

/// An invented comparison with the form of real ones: shares sum to 1, and adapters lie as far apart as their values say.
public struct SyntheticComparison: Sendable {
  /// Names of the adapters.
  public var adapters = ["full", "masked", "keys"]
  /// Names of the regions, later ones looking into earlier ones.
  public var regions = ["before", "after"]
  /// Number of layers.
  public var layers = 6
  /// Number of query heads.
  public var heads = 4
  /// What layers and heads are compared by.
  public var measure = AdapterComparison.Measure.divergence
  /// Names of interventions that were asked for.
  public var knockouts = ["scores", "dKtQ after→before"]
  /// How many members a sweep has.
  public var swept = 0
  /// Whether adapters have analyses.
  public var isAnalysed = true

  /// The defaults: three adapters on two regions, 6 layers, 4 heads.
  public init() {}

  /// Such a comparison after changes to the defaults.
  public static func make(_ change: (inout SyntheticComparison) -> Void = { _ in }) -> AdapterComparison {
    var synthetic = SyntheticComparison()
    change(&synthetic)
    return synthetic.comparison()
  }

  /// The comparison.
  public func comparison() -> AdapterComparison {
    var generator = SplitMix64(seed: 1)
    let analysis = SyntheticAnalysis.make {
      $0.layers = layers
      $0.heads = heads
      $0.prompts = 4
    }
    let places = isAnalysed ? self.places : []
    return AdapterComparison(
      version: "0.0.0", base: analysis.base, regions: regions,
      adapters: adapters.enumerated().map { index, name in
        var adapted = analysis.adapted
        adapted.name = name
        let loss = AdapterComparison.Loss(
          base: 2, adapted: .init(1.5 + 0.1 * Double(index), 1.4...1.8), prompts: 4, lower: 3)
        return AdapterComparison.Adapter(name: name, adapted: adapted, mask: "auto", prompts: 4, loss: loss)
      },
      differences: [], notes: [], measure: measure,
      blocks: places.flatMap { place in adapters.indices.map { block($0, place, &generator) } },
      pairs: places.flatMap { place in couples.map { pair($0, place) } },
      layers: places.flatMap { place in (0..<layers).map { spread($0, nil, place, &generator) } },
      heads: places.flatMap { place in
        (0..<layers).flatMap { layer in (0..<heads).map { head in spread(layer, head, place, &generator) } }
      },
      profiles: places.flatMap { place in couples.flatMap { profiles($0, place) } },
      knockouts: knockouts.map { knockout($0, sweep: nil) }
        + (0..<swept).map { knockout("scores: L\($0)", sweep: "layers") })
  }

  private typealias Place = (query: String, key: String)

  private var places: [Place] {
    let pairs = regions.indices.flatMap { query in (0...query).map { (regions[query], regions[$0]) } }
    return pairs.count > 1 ? [("*", "*")] + pairs : pairs
  }

  private var couples: [(first: Int, second: Int)] {
    adapters.indices.flatMap { first in adapters.indices.dropFirst(first + 1).map { (first, $0) } }
  }

  private func block(
    _ adapter: Int, _ place: Place, _ generator: inout SplitMix64
  ) -> AdapterComparison.BlockRow {
    let keys = 0.3 + 0.1 * Double(adapter) + 0.1 * generator.unit()
    let shares = [keys, 0.95 - keys, 0.05].map { AdapterComparison.Estimate($0, $0 - 0.01...$0 + 0.01) }
    let moved = 0.4 - 0.1 * Double(adapter % 4)
    let isFelt = measure == .divergence
    return AdapterComparison.BlockRow(
      adapter: adapter, query: place.query, key: place.key,
      divergence: isFelt ? .init(2 * moved, 2 * moved - 0.125...2 * moved + 0.125) : nil,
      felt: isFelt ? [shares[1], shares[0], shares[2]] : nil,
      moved: measure == .rms ? nil : .init(moved, moved - 0.02...moved + 0.02), rms: 4 * moved, shares: shares,
      centered: shares)
  }

  private func pair(_ couple: (first: Int, second: Int), _ place: Place) -> AdapterComparison.PairRow {
    let change = AdapterComparison.Estimate(0.125, 0.0625...0.1875)
    return AdapterComparison.PairRow(
      first: couple.first, second: couple.second, query: place.query, key: place.key,
      divergence: measure == .divergence ? .init(0.25, 0.125...0.375) : nil,
      felt: measure == .divergence ? [.init(-0.125), change, .init(0)] : nil,
      moved: measure == .rms ? nil : change, shares: [change, .init(-0.125), .init(0)],
      loss: place.query == "*" ? .init(-0.1, -0.2...0.05) : nil)
  }

  private func spread(
    _ layer: Int, _ head: Int?, _ place: Place, _ generator: inout SplitMix64
  ) -> AdapterComparison.SpreadRow {
    let values = adapters.map { _ in Double(layer + 1) / Double(layers) * 0.8 * generator.unit() }
    let spread = (values.max() ?? 0) - (values.min() ?? 0)
    return AdapterComparison.SpreadRow(
      layer: layer, head: head, query: place.query, key: place.key, values: values,
      spread: .init(spread, head == nil ? spread - 0.01...spread + 0.01 : nil))
  }

  private func profiles(
    _ couple: (first: Int, second: Int), _ place: Place
  ) -> [AdapterComparison.ProfileRow] {
    ([measure.rawValue] + Term.allCases.map(\.name)).map { profile in
      AdapterComparison.ProfileRow(
        first: couple.first, second: couple.second, query: place.query, key: place.key, profile: profile,
        heads: layers * heads, pearson: 1 - 0.25 * Double(couple.first + couple.second), rank: 0.25)
    }
  }

  private func knockout(_ name: String, sweep: String?) -> AdapterComparison.KnockoutRow {
    AdapterComparison.KnockoutRow(
      name: name, sweep: sweep,
      benefitLost: adapters.indices.map { index in
        index == 1 ? .init(-0.25, -0.5 ... -0.125) : index == 2 ? nil : .init(0.5, 0.25...0.75)
      }, kl: adapters.indices.map { $0 == 2 ? nil : 0.125 })
  }
}
