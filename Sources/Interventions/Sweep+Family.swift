import Architectures
import Results
import Subjects

extension Sweep {
  /// The interventions of a family: an intervention restricted to each layer, head or pair of regions of its own, or each part of
  /// it.
  func family(of whole: Intervention, _ description: ModelDescription, regions: [String]) -> [Intervention] {
    switch self {
    case .layers:
      // A layer without scores has nothing of a score to leave out.
      let hasScores = !whole.dropped.contains(where: Part.experts.contains)
      return description.layers.indices.filter {
        whole.reaches(layer: $0) && (!hasScores || description.layers[$0].attends)
      }.map { layer in
        member(of: whole, "L\(layer)") { $0.layers = [layer] }
      }
    case .heads:
      return description.layers.enumerated().flatMap { layer, shape in
        (0..<shape.attention.queryHeads).map { Knockout.Head(layer: layer, head: $0) }
      }.filter { whole.reaches(layer: $0.layer) && whole.heads?.contains($0) ?? true }.map { head in
        member(of: whole, "L\(head.layer)H\(head.head)") { $0.heads = [head] }
      }
    case .blocks:
      return regions.flatMap { query in regions.map { (query, $0) } }.filter {
        (whole.query ?? $0.0, whole.key ?? $0.1) == $0
      }.map { query, key in
        member(of: whole, "\(query)→\(key)") { ($0.query, $0.key) = (query, key) }
      }
    case .terms, .sources:
      return whole.dropped.map { part in member(of: whole, part.rawValue) { $0.dropped = [part] } }
    case .writers:
      let writers = whole.written.map(\.writer).reduce(into: [Writer]()) { if $0.last != $1 { $0.append($1) } }
      return writers.map { writer in
        let own = whole.written.filter { $0.writer == writer }
        return member(of: whole, WrittenPart.names(own)[0]) { $0.written = own }
      }
    }
  }

  /// What a family is over: an intervention, or where that names nothing to leave out all that the sweep has members of.
  func whole(_ asked: Intervention, _ description: ModelDescription) -> Intervention {
    guard !asked.leavesOut else { return asked }
    var own = asked.leavingOut(parts(description))
    guard self == .writers else { return own }
    let last = asked.layers?.max() ?? description.layers.count - 1
    own.written = description.writers(byHead: false).filter { $0.stands(before: last) }.flatMap { writer in
      [true, false].compactMap { WrittenPart(Writer(writer), ofKeys: $0) }
    }
    own.name = "written" + own.spelledPlace
    return own
  }

  /// What it leaves out where nothing was named.
  private func parts(_ description: ModelDescription) -> [Part] {
    switch self {
    case .layers, .heads, .blocks: return Part.scores
    case .terms: return Part.scores + Part.values
    case .writers: return []
    case .sources:
      let attention = description.layers.map(\.attention)
      let idle: [Part] =
        (attention.contains(where: \.normalizesKeys) ? [] : [.normKeys])
        + (attention.contains(where: \.normalizesQueries) ? [] : [.normQueries])
        + (attention.contains(where: \.normalizesValues) ? [] : [.normValues])
      return (Part.keySources + Part.querySources + Part.valueSources).filter { !idle.contains($0) }
    }
  }

  private func member(
    of whole: Intervention, _ name: String, _ restrict: (inout Intervention) -> Void
  ) -> Intervention {
    var member = whole
    restrict(&member)
    member.sweep = self
    member.name = "\(whole.name): \(name)"
    return member
  }
}

extension Intervention {
  fileprivate func reaches(layer: Int) -> Bool {
    (layers?.contains(layer) ?? true) && (heads?.contains { $0.layer == layer } ?? true)
  }
}
