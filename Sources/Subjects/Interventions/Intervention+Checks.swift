import Architectures
import Attribution
import Measures
import Prompts
import Results

extension Intervention {
  /// Refuses what names nothing of a model and its prompts, or nothing at all.
  package func check(_ description: ModelDescription, _ regions: [String], _ prompts: [SubjectPrompt])
    throws(InterventionError)
  {
    guard leavesOut || mask != nil else {
      throw .empty(reason: "no part is left out and no mask is named", origin: place)
    }
    for region in [query, key].compactMap(\.self) where !Self.exists(region, regions, prompts) {
      let sides = prompts.contains { $0.prompt.separator != nil } ? Self.sides.filter { !regions.contains($0) } : []
      throw .unknownRegion(region, known: regions + sides, origin: place)
    }
    let named = [query, key].compactMap(\.self)
    if named.contains(where: regions.contains), named.contains(where: { !regions.contains($0) }) {
      throw .badSelection(
        named.joined(separator: "→"),
        reason: "a side of the separator and a region of the prompts' own cannot be combined")
    }
    let count = description.layers.count
    if let layer = layers?.sorted().first(where: { !(0..<count).contains($0) }) {
      throw .noLayer(layer, layers: count, origin: place)
    }
    for head in heads?.sorted() ?? [] {
      guard (0..<count).contains(head.layer) else { throw .noLayer(head.layer, layers: count, origin: place) }
      let heads = description.layers[head.layer].attention.queryHeads
      guard (0..<heads).contains(head.head) else {
        throw .noHead(layer: head.layer, head: head.head, heads: heads, origin: place)
      }
    }
    try checkExperts(description)
    try checkWriters(description)
    try checkScores(description)
    try checkSelection(regions, prompts)
  }

  /// Scores and values are of layers that attend.
  private func checkScores(_ description: ModelDescription) throws(InterventionError) {
    let attending = description.layers.indices.filter { description.layers[$0].attends }
    guard dropped.contains(where: { !Part.experts.contains($0) }), let layers,
      !layers.contains(where: attending.contains)
    else { return }
    let known = attending.map { "\($0)" }.joined(separator: ", ")
    throw .empty(
      reason: """
        the layers named have recurrences in the place of attention, and so neither scores nor attended values; name some of \
        \(known.isEmpty ? "another model" : known)
        """, origin: place)
  }

  /// What a mixture adds is of tokens and layers; heads and keys have no part in it.
  private func checkExperts(_ description: ModelDescription) throws(InterventionError) {
    let named = dropped.filter(Part.experts.contains)
    guard let first = named.first else { return }
    guard heads == nil, key == nil else {
      throw .badSelection(
        first.rawValue,
        reason:
          "what experts add is of a token in a layer, so that neither heads nor keys (--heads, --to) select any of it")
    }
    guard
      description.layers.indices.contains(where: {
        description.layers[$0].experts != nil && layers?.contains($0) ?? true
      })
    else { throw .empty(reason: "there are no mixtures of experts", origin: place) }
  }

  /// A writer is a part of the model, and somebody has to read it.
  private func checkWriters(_ description: ModelDescription) throws(InterventionError) {
    let known = Set(description.writers(byHead: false))
    for part in written {
      guard known.contains(part.stream) else {
        throw .badSelection(
          part.writer.name,
          reason:
            "the model has no such writer; it has embed, and \(description.kindsOfWriters) of the layers 0 to \(description.layers.count - 1)"
        )
      }
      let readers = description.layers.indices.filter { layers?.contains($0) ?? true }
      guard readers.contains(where: part.stream.stands(before:)) else {
        throw .empty(reason: "no layer that is named reads what \(part.writer.name) writes", origin: place)
      }
      if let obstacle = description.obstacleToWriters {
        throw .noWriters(writer: part.writer.name, obstacle: obstacle, origin: place)
      }
    }
  }

  /// Refuses names that stand for nothing, for everything (in expectations), or for two different interventions.
  package static func checkNames(_ interventions: [Intervention], besides standard: [Intervention])
    throws(InterventionError)
  {
    var known: [String: Intervention] = [:]
    for intervention in standard + interventions {
      var content = intervention
      (content.origin, content.sweep) = (nil, nil)
      let name = intervention.name
      if name.isEmpty || name == "all" {
        throw .badName(name, reason: "expectations could not name it", origin: intervention.place)
      }
      if let other = known.updateValue(content, forKey: name), other != content {
        let isStandard = standard.contains { $0.name == name }
        throw .badName(
          name,
          reason: isStandard
            ? "one of the overview is called so; give it another name, or leave the overview out (--no-overview)"
            : "another one is called so",
          origin: intervention.place)
      }
    }
  }

  private func checkSelection(_ regions: [String], _ prompts: [SubjectPrompt]) throws(InterventionError) {
    if layers?.isEmpty == true { throw .empty(reason: "the list of layers is empty", origin: place) }
    if heads?.isEmpty == true { throw .empty(reason: "the list of heads is empty", origin: place) }
    if let layers, let heads, !heads.contains(where: { layers.contains($0.layer) }) {
      throw .empty(reason: "none of the heads lies in one of the layers", origin: place)
    }
    guard leavesOut, query != nil || key != nil else { return }
    let hasPair = prompts.contains { prompt in
      let last = Self.ranges(query, prompt, regions)?.last?.upperBound ?? prompt.prompt.tokens.count
      let first = Self.ranges(key, prompt, regions)?.first?.lowerBound ?? 0
      let exists = [query, key].allSatisfy { Self.ranges($0, prompt, regions).map { !$0.isEmpty } ?? true }
      return exists && first < last
    }
    guard hasPair else {
      throw .empty(
        reason: "no token of “\(query ?? "any region")” attends to one of “\(key ?? "any region")” in any prompt",
        origin: place)
    }
  }

  /// The sides of the separator, which can be named also where the prompts have regions of their own.
  private static let sides = ["before", "after"]

  private static func exists(_ region: String, _ regions: [String], _ prompts: [SubjectPrompt]) -> Bool {
    regions.contains(region) || (sides.contains(region) && prompts.contains { $0.prompt.separator != nil })
  }

  /// The tokens of a region in a prompt, in rising order; nil for any token.
  package static func ranges(_ region: String?, _ prompt: SubjectPrompt, _ regions: [String]) -> [Range<Int>]? {
    guard let region else { return nil }
    if let index = regions.firstIndex(of: region) { return prompt.regions.runs[index] }
    guard let separator = prompt.prompt.separator else { return [] }
    return [region == "before" ? 0..<separator : separator..<prompt.prompt.tokens.count]
  }
}

extension ModelDescription {
  /// "attention and mlp": what writes in its layers.
  fileprivate var kindsOfWriters: String {
    let parts = writers(byHead: false).filter { $0.layer != nil }.map { "\(Writer($0).part)" }
    let kinds = parts.reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }
    return (kinds.dropLast().joined(separator: ", ") + (kinds.count > 1 ? " and " : "") + (kinds.last ?? ""))
  }
}
