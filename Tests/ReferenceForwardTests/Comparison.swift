import ReferenceForward
import StrictJSON

/// Holds statistics to reference values: |x − r| ≤ tolerance · max(|r|, floor), and exactly 0 where the reference is.
struct Comparison {
  var tolerance: Double
  private(set) var failures: [String] = []
  private(set) var worst = (error: 0.0, at: "nothing")
  private(set) var compared = 0

  init(tolerance: Double) { self.tolerance = tolerance }

  mutating func check(_ name: String, _ found: Double, _ expected: Double, floor: Double) {
    compared += 1
    let error =
      expected == 0 ? (found == 0 ? 0 : .infinity) : abs(found - expected) / max(abs(expected), floor)
    if !(error <= worst.error) { worst = (error, name) }
    if !(error <= tolerance) { failures.append("\(name): \(found) where \(expected) is expected") }
  }

  mutating func compare(_ name: String, _ found: [Double?], with expected: [Double]) throws {
    guard found.count == expected.count else {
      failures.append("\(name): \(found.count) values where \(expected.count) are expected")
      return
    }
    for (found, expected) in zip(found, expected) { check(name, found ?? .nan, expected, floor: 1) }
  }

  mutating func compareBlocks(_ decomposition: ReferenceDecomposition, with expected: JSONReader) throws {
    let blocks = try expected.objects("blocks")
    if blocks.count != decomposition.blocks.count {
      failures.append("\(decomposition.blocks.count) blocks where \(blocks.count) are expected")
    }
    for block in blocks {
      let key = ReferenceDecomposition.Key(
        layer: try block.integer("layer"), head: try block.integer("head"),
        query: try region(block.string("query")), key: try region(block.string("key")))
      let name = "L\(key.layer)H\(key.head) \(key.query)→\(key.key)"
      guard let found = decomposition.blocks[key] else {
        failures.append("\(name): no such block")
        continue
      }
      check("\(name) pairs", Double(found.raw.pairs), try block.number("pairs"), floor: 0)
      try compare("\(name) raw", found.raw, with: block, dominanceSlack: 0.001)
      try compare("\(name) centered", found.centered, with: block.member("centered"), dominanceSlack: 0.01)
    }
  }

  private mutating func compare(
    _ name: String, _ found: ReferenceSums, with expected: JSONReader, dominanceSlack: Double
  ) throws {
    try compare("\(name) delta", found.delta, with: expected.member("delta"))
    for (index, term) in ["dKtQ", "KtdQ", "dKtdQ"].enumerated() {
      let (magnitude, share, dominance) = found.term(index)
      let reference = try expected.member("terms").member(term)
      try compare("\(name) \(term)", magnitude, with: reference)
      check("\(name) \(term) share", share, try reference.number("share"), floor: 1)
      // A pair whose two largest terms are equal up to rounding may fall to either.
      let pairs = abs(dominance - (try reference.number("dominance"))) * Double(found.pairs)
      if !(pairs <= max(2.5, dominanceSlack * Double(found.pairs))) {
        failures.append("\(name) \(term) dominance: \(dominance)")
      }
    }
  }

  private mutating func compare(
    _ name: String, _ found: ReferenceSums.Magnitude, with expected: JSONReader
  ) throws {
    let floor = try expected.number("rms")
    check("\(name) mean", found.mean, try expected.number("mean"), floor: floor)
    check("\(name) meanAbs", found.meanAbs, try expected.number("meanAbs"), floor: floor)
    check("\(name) rms", found.rms, floor, floor: 0)
    check("\(name) maxAbs", found.maxAbs, try expected.number("maxAbs"), floor: 0)
  }

  mutating func compareStream(_ decomposition: ReferenceDecomposition, with expected: JSONReader) throws {
    let found = decomposition.stream
    for entry in try expected.objects("stream") {
      let key = ReferenceDecomposition.StreamKey(
        layer: try entry.integer("layer"), region: try region(entry.string("region")))
      check(
        "stream of layer \(key.layer), region \(key.region)", found[key] ?? .nan,
        try entry.number("relative"),
        floor: 0)
    }
  }

  private func region(_ name: String) -> Int { name == "before" ? 0 : 1 }
}
