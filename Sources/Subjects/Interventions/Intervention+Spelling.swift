import Results

extension Part {
  /// Parts and groups with commas between them: "dKtQ,dK.own" or "scores".
  /// - Throws: ``InterventionError/unknownPart(_:)``.
  public static func parse(_ text: String) throws(InterventionError) -> [Part] {
    var parts: [Part] = []
    for name in Spelling.items(text) {
      guard let named = named(name) else { throw .unknownPart(name) }
      parts += named
    }
    return parts
  }
}

extension Intervention {
  /// What is left out, with commas between its parts: "dKtQ,dK.own", "scores" or "written:L5.mlp,dQ.written:embed".
  /// - Throws: ``InterventionError``.
  public static func parseDropped(_ text: String) throws(InterventionError) -> (parts: [Part], written: [WrittenPart]) {
    var (parts, written) = ([Part](), [WrittenPart]())
    for name in Spelling.items(text) {
      guard WrittenPart.isMeant(name) else {
        parts += try Part.parse(name)
        continue
      }
      guard let own = WrittenPart.named(name) else {
        throw .badSelection(
          name, reason: "writers are embed, and attention or mlp of a layer, as in written:L5.mlp or dK.written:embed")
      }
      written += own
    }
    return (parts, written)
  }

  /// Layers as numbers and ranges: "3-7,12".
  /// - Throws: ``InterventionError/badSelection(_:reason:)``.
  public static func parseLayers(_ text: String) throws(InterventionError) -> Set<Int> {
    var layers: Set<Int> = []
    for item in Spelling.items(text) {
      let ends = item.split(separator: "-", omittingEmptySubsequences: false).map { Spelling.index($0) }
      guard let first = ends.first ?? nil, let last = ends.last ?? nil, ends.count <= 2 else {
        throw .badSelection(item, reason: "layers are numbers from 0 on and ranges, as in 3-7,12")
      }
      guard first <= last else {
        throw .badSelection(item, reason: "the range is empty; write \(last)-\(first)")
      }
      layers.formUnion(first...last)
    }
    return layers
  }

  /// Heads by layer and number: "L3H7,L4H0".
  /// - Throws: ``InterventionError/badSelection(_:reason:)``.
  public static func parseHeads(_ text: String) throws(InterventionError) -> Set<Knockout.Head> {
    var heads: Set<Knockout.Head> = []
    for item in Spelling.items(text) {
      let numbers = item.dropFirst().split(separator: "H", omittingEmptySubsequences: false).map { Spelling.index($0) }
      guard item.first == "L", numbers.count == 2, let layer = numbers[0], let head = numbers[1] else {
        throw .badSelection(item, reason: "heads are given by layer and number, as in L3H7,L4H0")
      }
      heads.insert(Knockout.Head(layer: layer, head: head))
    }
    return heads
  }
}

/// Lists with commas, and numbers in them.
private enum Spelling {
  static func items(_ text: String) -> [String] {
    text.split(separator: ",", omittingEmptySubsequences: false).map { item in
      String(item.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    }
  }

  /// An index of at most four digits, so that a slip of the finger makes no list of millions.
  static func index(_ text: some StringProtocol) -> Int? {
    (1...4).contains(text.count) && text.allSatisfy { "0"..."9" ~= $0 } ? Int(text) : nil
  }
}
