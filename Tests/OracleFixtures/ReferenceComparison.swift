import Results
import StrictJSON

/// Holds statistics to reference values: |x − r| ≤ tolerance · max(|r|, floor), and exactly 0 where the reference is.
public struct ReferenceComparison {
  private let tolerance: Double
  /// What lies outside the tolerance.
  public private(set) var failures: [String] = []
  /// The largest error and where it stands.
  public private(set) var worst = (error: 0.0, at: "nothing")
  /// How many numbers were held to others.
  public private(set) var compared = 0

  /// Where a block of the reference stands; regions are named as in the prompts.
  public struct Place: Hashable, Sendable {
    /// The layer.
    public var layer: Int
    /// The query head.
    public var head: Int
    /// Region of the query.
    public var query: String
    /// Region of the key; nil for an attention sink.
    public var key: String?

    /// A place.
    public init(layer: Int, head: Int, query: String, key: String?) {
      self.layer = layer
      self.head = head
      self.query = query
      self.key = key
    }
  }

  /// Below this a reference's change is rounding of its double precision, and nothing at all has to change here.
  private let rounding: Double

  /// Nothing compared yet.
  /// - Parameter rounding: Sizes of changes below which a reference has nothing but its own rounding.
  public init(tolerance: Double, rounding: Double = 0) {
    self.tolerance = tolerance
    self.rounding = rounding
  }

  /// Whether a reference says of some change that there is none but rounding; then there has to be none.
  mutating func isRounding(_ name: String, _ expected: Double, found: Double) -> Bool {
    guard expected > 0, expected < rounding else { return false }
    check(name, found, 0, floor: 0)
    return true
  }

  /// Compares an analysis with all that is expected of it; the drawn cases know nothing of mass and values.
  public mutating func compare(_ analysis: Analysis, with expected: JSONReader) throws {
    try compareBlocks(analysis.blocks, with: expected)
    try compareStream(analysis.stream, with: expected)
    try compareLosses(analysis.loss, with: expected)
    if let mass = analysis.mass, let rows = try expected.optionalObjects("mass") { try compare(mass, with: rows) }
    if let values = analysis.values, let rows = try expected.optionalObjects("values") {
      try compare(values, with: rows)
    }
  }

  /// Compares every block, raw and centred; no block may be missing or too many.
  public mutating func compareBlocks(_ blocks: [Block], with expected: JSONReader) throws {
    let references = try expected.objects("blocks")
    if references.count != blocks.count {
      failures.append("\(blocks.count) blocks where \(references.count) are expected")
    }
    let found = Dictionary(blocks.map { ($0.place, $0) }) { first, _ in first }
    for reference in references {
      let place = Place(
        layer: try reference.integer("layer"), head: try reference.integer("head"),
        query: try reference.string("query"), key: try reference.string("key"))
      let name = "L\(place.layer)H\(place.head) \(place.query)→\(place.key ?? "sink")"
      guard let block = found[place] else {
        failures.append("\(name): no such block")
        continue
      }
      let pairs = try reference.integer("pairs")
      let size = try reference.object("delta").number("rms")
      if isRounding(name, size, found: max(block.raw.delta.maxAbs, block.centered.delta.maxAbs)) { continue }
      if block.pairs != pairs { failures.append("\(name): \(block.pairs) pairs where \(pairs) are expected") }
      try compare(
        "\(name) raw", block.raw, with: reference, freePairs: max(2.5, 0.001 * Double(pairs)), pairs)
      // A row whose pattern is one key centres to rounding noise.
      try compare(
        "\(name) centered", block.centered, with: reference.object("centered"),
        freePairs: max(2.5, 0.01 * Double(pairs)), pairs)
    }
  }

  /// Compares the divergence of the stream.
  public mutating func compareStream(_ stream: [StreamDivergence], with expected: JSONReader) throws {
    for entry in try expected.objects("stream") {
      let (layer, region) = (try entry.integer("layer"), try entry.string("region"))
      let found = stream.first { $0.layer == layer && $0.region == region }
      let (name, relative) = ("stream L\(layer) \(region)", try entry.number("relative"))
      if isRounding(name, relative, found: found?.relative ?? .nan) { continue }
      check(name, found?.relative ?? .nan, relative, floor: 0)
    }
  }

  /// Compares the losses of every prompt.
  public mutating func compareLosses(_ losses: Losses?, with expected: JSONReader) throws {
    let reference = try expected.object("loss")
    for (side, found) in [("base", losses?.base), ("adapted", losses?.adapted)] {
      let expected = try reference.optionalNumbers(side) ?? []
      guard let found, found.count == expected.count else {
        failures.append("loss \(side): \(found?.count ?? 0) values where \(expected.count) are expected")
        continue
      }
      for (prompt, (found, expected)) in zip(found, expected).enumerated() {
        check("loss \(side) of prompt \(prompt)", found ?? .nan, expected, floor: 1)
      }
    }
  }

  /// Records a disagreement that is no number's.
  public mutating func fail(_ message: String) { failures.append(message) }

  private mutating func compare(
    _ name: String, _ found: Decomposition, with expected: JSONReader, freePairs: Double, _ pairs: Int
  ) throws {
    try compare("\(name) delta", found.delta, with: expected.object("delta"))
    for term in Term.allCases {
      let reference = try expected.object("terms").object(term.name)
      let size = try reference.number("rms")
      if isRounding("\(name) \(term.name) rms", size, found: found[term].magnitude.rms) { continue }
      try compare("\(name) \(term.name)", found[term].magnitude, with: reference)
      check("\(name) \(term.name) share", found[term].share, try reference.number("share"), floor: 1)
      // A pair whose two largest terms are equal up to rounding may fall to either.
      let moved = abs(found[term].dominance - (try reference.number("dominance"))) * Double(pairs)
      if !(moved <= freePairs) { failures.append("\(name) \(term.name) dominance: \(found[term].dominance)") }
    }
  }

  private mutating func compare(_ name: String, _ found: Magnitude, with expected: JSONReader) throws {
    let floor = try expected.number("rms")
    check("\(name) mean", found.mean, try expected.number("mean"), floor: floor)
    check("\(name) meanAbs", found.meanAbs, try expected.number("meanAbs"), floor: floor)
    check("\(name) rms", found.rms, floor, floor: floor)
    check("\(name) maxAbs", found.maxAbs, try expected.number("maxAbs"), floor: floor)
  }

  /// Holds one number to its reference; `zero` says whether a reference of 0 asks for exactly 0.
  public mutating func check(
    _ name: String, _ found: Double, _ expected: Double, floor: Double, zero: Bool = true
  ) {
    compared += 1
    let error =
      expected == 0 && zero ? (found == 0 ? 0 : .infinity) : abs(found - expected) / max(abs(expected), floor)
    if !(error <= worst.error) { worst = (error, name) }
    if !(error <= tolerance) { failures.append("\(name): \(found) where \(expected) is expected") }
  }
}

extension Block {
  /// Where it stands.
  fileprivate var place: ReferenceComparison.Place {
    ReferenceComparison.Place(layer: layer, head: head, query: query, key: key)
  }
}
