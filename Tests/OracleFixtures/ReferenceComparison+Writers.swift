import Results

extension ReferenceComparison {
  /// Compares who wrote what predictions gain: each number is held to the largest of its kind. What a reference leaves out is none.
  public mutating func compare(_ found: WrittenPredictions, with expected: WrittenPredictions) throws {
    if found.tokens != expected.tokens { fail("\(found.tokens) tokens where \(expected.tokens) are expected") }
    for (name, own, reference) in [("nats", found.nats, expected.nats), ("gain", found.gain, expected.gain)] {
      let largest = reference.values.map(abs).max() ?? 0
      if Set(own.keys) != Set(reference.keys) { fail("\(name): other writers") }
      for (writer, value) in own {
        check("\(name) \(writer.name)", value, reference[writer] ?? .nan, floor: largest, zero: largest == 0)
      }
    }
    let largest = expected.attention.values.flatMap(\.parts).map { abs($0.gain) }.max() ?? 0
    for (writer, parts) in expected.attention {
      guard let own = found.attention[writer], own.parts.count == parts.parts.count else {
        fail("\(writer.name): no such parts")
        continue
      }
      for (part, reference) in zip(own.parts, parts.parts) {
        check("\(writer.name) \(part.part)", part.gain, reference.gain, floor: largest, zero: largest == 0)
      }
    }
  }
}
