import Checkpoints
import ReferenceForward
import Results

/// What the plain runs say of everything in an analysis but the terms of the scores, and how far the analysis is from it.
struct ReferenceParts {
  private var stream = ReferenceStream()
  private var shift = ReferencePredictionShift()
  private var sources: ReferenceSources?
  private var mass: ReferenceMass?
  private var values: ReferenceValues?
  private var products: ReferenceProducts?
  private var pairs: ReferencePairs?
  /// How many prompts were added.
  private var prompts = 0

  /// Nothing yet, for the parts that an analysis has.
  init(_ analysis: Analysis) {
    sources = analysis.sources.map { _ in ReferenceSources(at: analysis.reference.weight) }
    mass = analysis.mass.map { _ in ReferenceMass() }
    values = analysis.values.map { _ in ReferenceValues(at: analysis.reference.weight) }
    products = analysis.products.map { _ in ReferenceProducts(at: analysis.reference.weight) }
    pairs = analysis.pairs.map { ReferencePairs($0, at: analysis.reference.weight) }
  }

  /// What the runs have to keep.
  var detail: ReferenceDetail { sources == nil && values == nil && products == nil ? .operands : .all }

  /// Adds the runs of one prompt; `model` is the adapted one.
  mutating func add(
    base: ReferenceRun, adapted: ReferenceRun, model: ReferenceModel, regions: [Int?]
  ) throws(CheckpointError) {
    stream.add(base: base, adapted: adapted, regions: regions)
    shift.add(base: base, adapted: adapted, regions: regions)
    try sources?.add(base: base, adapted: adapted, model: model, regions: regions)
    mass?.add(base: base, adapted: adapted, model: model.description, regions: regions)
    try values?.add(base: base, adapted: adapted, model: model, regions: regions)
    try products?.add(base: base, adapted: adapted, model: model, regions: regions)
    pairs?.add(
      prompt: prompts, base: base, adapted: adapted, model: model.description, tokens: regions.count)
    prompts += 1
  }

  /// Compares all rows; pooled ones follow from the others.
  func compare(_ analysis: Analysis, regions: [String], _ ledger: inout DisagreementLedger) {
    compare(analysis.stream, regions, &ledger)
    compare(analysis.loss?.divergence ?? [], regions, &ledger)
    if let sources { compare(analysis.sources ?? [], sources.rows, regions, &ledger) }
    if let mass { compare(analysis.mass ?? [], mass.rows, regions, &ledger) }
    if let values { compare(analysis.values ?? [], values.rows, regions, &ledger) }
    if let products { compare(analysis.products ?? [], products.rows, regions, &ledger) }
    if let pairs { compare(analysis.pairs ?? [], pairs, &ledger) }
  }

  private func compare(_ rows: [StreamDivergence], _ regions: [String], _ ledger: inout DisagreementLedger) {
    let expected = stream.rows
    for row in rows {
      guard let region = regions.firstIndex(of: row.region) else { continue }
      let (other, place) = (expected[.init(layer: row.layer, region: region)], "L\(row.layer) \(row.region)")
      ledger.add("stream", row.relative, other?.relative ?? 0, floor: 0, place)
      if let median = row.median { ledger.add("stream.median", median, other?.median ?? 0, floor: 0, place) }
      if let cosine = row.cosine { ledger.add("stream.cosine", cosine, other?.cosine ?? 0, floor: 1, place) }
    }
  }

  private func compare(_ rows: [PredictionDivergence], _ regions: [String], _ ledger: inout DisagreementLedger) {
    for row in rows {
      guard let region = regions.firstIndex(of: row.region) else { continue }
      let other = shift.regions[region]
      ledger.add("predictions", Double(row.predictions), Double(other?.tokens ?? 0), floor: 1, row.region)
      // Two plain runs are subtracted, which leaves a divergence below this no digits.
      ledger.add("kl", row.kl, other?.divergence ?? 0, floor: 1e-9, row.region)
    }
  }

  private func compare(
    _ rows: [TermSources], _ expected: [ReferenceBlockKey: ReferenceSources.Row], _ regions: [String],
    _ ledger: inout DisagreementLedger
  ) {
    for row in rows {
      guard let layer = row.layer, let head = row.head, let query = regions.firstIndex(of: row.query),
        let key = regions.firstIndex(of: row.key)
      else { continue }
      let place = "L\(layer)H\(head) \(row.query)→\(row.key)"
      let other = expected[.init(layer: layer, head: head, query: query, key: key)]
      ledger.add("sources.pairs", Double(row.pairs), Double(other?.pairs ?? 0), floor: 1, place)
      for (term, found, reference) in [("dKtQ", row.dKtQ, other?.keyTerm), ("KtdQ", row.KtdQ, other?.queryTerm)] {
        let sizes = found.byName.map { name, size in
          (name, size, ReferenceSource(rawValue: name).flatMap { reference?[$0] } ?? (0, 0))
        }
        let whole = sizes.reduce(0) { $0 + $1.2.rms }
        for (name, size, own) in sizes { ledger.add("sources.\(term).\(name)", size, own, of: whole, place) }
      }
    }
  }

  private func compare(
    _ rows: [ProductChange], _ expected: [ReferenceProducts.Key: ReferenceVectorRow], _ regions: [String],
    _ ledger: inout DisagreementLedger
  ) {
    for row in rows {
      guard let region = regions.firstIndex(of: row.region), let site = row.site.reference else { continue }
      let place = "L\(row.layer) \(row.site.rawValue) \(row.region)"
      let other = expected[.init(layer: row.layer, site: site, region: region)]
      ledger.add("products.tokens", Double(row.tokens), Double(other?.count ?? 0), floor: 1, place)
      let whole = other?.whole ?? 0
      ledger.add("products.delta", row.delta, other?.delta ?? 0, floor: DisagreementLedger.smallestPart * whole, place)
      for (part, name) in row.site.partNames.enumerated() {
        ledger.add("products.\(name)", row.parts[part], other?.terms[part] ?? (0, 0), of: whole, place)
      }
    }
  }
}

extension ProductChange.Site {
  fileprivate var reference: ReferenceProductSite? {
    self == .gateUp ? .gateUp : ReferenceSite(rawValue: rawValue).map { .projection($0) }
  }
}
