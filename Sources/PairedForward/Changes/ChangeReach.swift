import Architectures
import Checkpoints
import Vocabulary

/// Which tokens of a prompt can differ from the base at every point of a pass, decided from the masks, the adapter's
/// targets, who attends to whom and what is left out, without looking at a value. What is not reached is a structural zero.
public struct ChangeReach: Sendable {
  /// Flags by token inside one layer.
  public struct Layer: Sendable {
    /// Whether the stream that enters the layer can differ.
    public var stream: [Bool]
    /// Whether the query can differ.
    public var query: [Bool]
    /// Whether the key can differ.
    public var key: [Bool]
    /// Whether the value can differ.
    public var value: [Bool]
    /// Whether the logit of an attention sink can differ for the token's query.
    public var sink: [Bool]
    /// Whether what a mixture of experts adds can differ; nowhere without one.
    public var mixture: [Bool]
    /// Whether what the attention writes to the stream can differ.
    var attended: [Bool]
    /// Whether what the feed-forward half writes can differ.
    var fed: [Bool]
    /// Whether what the layer makes of its own input can.
    var given: [Bool]
    /// Whether what a changed factor on the stream adds can.
    var scaled: [Bool]
    /// Whether a source of an operand can be other than zero, by ``Operand``'s and ``Source``'s raw values.
    var sources: [[[Bool]]]
    /// Whether anything at all can differ in or after this layer's norms and projections.
    public var isTouched: Bool
  }

  /// Layer by layer.
  public let layers: [Layer]
  /// The first token that can differ anywhere in the pass; the prompt's length if none can.
  public let firstChanged: Int

  /// The reach of a change.
  /// - Parameters:
  ///   - tokens: The prompt's tokens.
  ///   - positionIDs: By token, the position that learned embeddings take; nil where they count the tokens.
  ///   - index: Which prompt it is, for the filter.
  package init(
    tokens: [Int], positionIDs: [Int]? = nil, index: Int = 0, description: ModelDescription, adaptation: Adaptation,
    mask: ChangeMask, filter: PartFilter = PartFilter()
  ) {
    var walk = ReachWalk(
      tokens: tokens, positionIDs: positionIDs, index: index, description: description, adaptation: adaptation,
      mask: mask, filter: filter)
    layers = description.layers.indices.map { walk.enter($0) }
    firstChanged = walk.firstChanged()
  }
}

extension ChangeReach {
  /// Whether any of some writers can have changed the stream of a token before a layer.
  func written(by writers: Set<StreamWriter>, before layer: Int) -> [Bool] {
    writers.filter { $0.stands(before: layer) }.reduce([Bool](repeating: false, count: layers[layer].stream.count)) {
      flags, writer in
      guard let layer = writer.layer else { return flags.or(layers[0].stream) }
      let own = layers[layer]
      return switch writer.part {
      case .mlp: flags.or(own.fed)
      case .input: flags.or(own.given)
      case .scale: flags.or(own.scaled)
      case .embed, .attention, .recurrence, .head: flags.or(own.attended)
      }
    }
  }
}

/// The reach of one prompt on its way through the layers.
private struct ReachWalk {
  let index: Int
  let description: ModelDescription
  let adaptation: Adaptation
  let filter: PartFilter
  private let masks: [Site?: (lowRank: [Bool], other: [Bool])]
  private var stream: [Bool]
  private var touched: [Bool]
  /// What layers are given beside the stream.
  private var inputs: [Bool]
  /// By layer that others read, the reach of its keys and values.
  private var producers: [Int: ChangeReach.Layer] = [:]

  /// The reach at the embedding.
  init(
    tokens: [Int], positionIDs: [Int]?, index: Int, description: ModelDescription, adaptation: Adaptation,
    mask: ChangeMask, filter: PartFilter
  ) {
    self.index = index
    self.description = description
    self.adaptation = adaptation
    self.filter = filter
    let sites: [Site?] = [nil] + Site.allCases
    masks = Dictionary(
      uniqueKeysWithValues: sites.map { site in
        (site, (lowRank: mask[site].lowRank.map { $0 > 0 }, other: mask[site].other.map { $0 > 0 }))
      })
    stream = Array(repeating: false, count: tokens.count)
    touched = stream
    inputs = stream
    stream = stream.or(changed(description.embedding.tokens, rows: tokens))
    if let table = description.embedding.positions {
      stream = stream.or(changed(table, rows: positionIDs ?? Array(tokens.indices)))
    }
    if let given = description.layerInputs {
      inputs = stream.or(changed(given.projection, nil)).or(changed(given.norm)).or(changed(given.tokens, rows: tokens))
    }
  }

  private func changed(_ table: Embedding, rows: [Int]) -> [Bool]? {
    guard let change = adaptation.embeddings[table.module], let mask = masks[nil] else { return nil }
    let active = change.isLowRank ? mask.lowRank : mask.other
    return zip(rows, active).map { row, isActive in isActive && (change.rows?.contains(row) ?? true) }
  }

  /// The flags inside a layer; afterwards the walk stands at the next one.
  mutating func enter(_ number: Int) -> ChangeReach.Layer {
    let layer = description.layers[number]
    let attention = layer.attention
    let normed = stream.or(changed(layer.attentionInputNorm))
    let latent = attention.latent
    // A recurrence has no operands that anybody reads.
    let read = layer.attends ? normed : [Bool](repeating: false, count: normed.count)
    let (query, querySources) = operand(read, attention.query, .q, attention.queryNorm, latent?.query)
    var (key, keySources) = operand(read, attention.key, .k, attention.keyNorm, latent?.keyValue)
    var (value, valueSources) = operand(
      read, attention.value, attention.valuesAreKeys ? .k : .v, attention.valueNorm, latent?.keyValue)
    if let producer = attention.keysOfLayer.flatMap({ producers[$0] }) {
      (key, keySources) = (producer.key, producer.sources[Operand.key.rawValue])
      (value, valueSources) = (producer.value, producer.sources[Operand.value.rawValue])
    }
    let isTrained = attention.sinks.map { adaptation.sinks[$0] != nil } ?? false
    let sink = [Bool](repeating: false, count: stream.count).or(isTrained ? masks[nil]?.other : nil)
    let mixed =
      layer.recurrence.map { remembered($0, reading: normed) }
      ?? mixed(number, query: query, key: key, value: value, sink: sink)
      .or(attention.gate.map { normed.or(changed($0.linear, .q)) })
    let attended = mixed.or(changed(layer.output, layer.attends ? .o : .recurrence)).or(
      changed(layer.attentionOutputNorm))
    let middle = layer.isParallel ? stream : stream.or(attended)
    let input = middle.or(changed(layer.mlpInputNorm))
    var fed = input
    if let mlp = layer.mlp { fed = self.fed(fed, mlp) }
    var mixture = [Bool](repeating: false, count: stream.count)
    if let experts = layer.experts {
      // Whether a token chooses an expert is a matter of values.
      let read = experts.norms.map { middle.or(changed($0.router)).or(changed($0.input)) } ?? input
      let isScaled = experts.scales.map { adaptation.numbers[$0] != nil } ?? false
      mixture = read.or(changed(experts.router, .router)).or(isScaled ? masks[nil]?.other : nil)
      for expert in experts.experts { mixture = self.fed(mixture, expert, isExpert: true) }
      fed = fed.or(mixture).or(experts.sharedGate.flatMap { changed($0, .router) })
      if let norms = experts.norms { fed = fed.or(changed(norms.dense)).or(changed(norms.output)) }
    }
    fed = fed.or(changed(layer.mlpOutputNorm))
    let given = given(layer, stream.or(attended).or(fed))
    let scaled = none.or(layer.scale.flatMap { adaptation.streamScales[$0] } == nil ? nil : masks[nil]?.other)
    let all = [query, key, value, attended, fed, given, scaled]
    let flags = ChangeReach.Layer(
      stream: stream, query: query, key: key, value: value, sink: sink, mixture: mixture,
      attended: attended, fed: fed, given: given, scaled: scaled, sources: [keySources, querySources, valueSources],
      isTouched: all.contains { $0.contains(true) })
    stream = stream.or(attended).or(fed).or(given).or(scaled)
    if description.producers.contains(number) { producers[number] = flags }
    for more in all { touched = touched.or(more) }
    return flags
  }

  /// The first token reached anywhere, final norm and head included.
  func firstChanged() -> Int {
    let last = stream.or(changed(description.finalNorm)).or(changed(description.head.linear, nil))
    return touched.or(last).firstIndex(of: true) ?? touched.count
  }

  /// What a layer makes of its own input.
  private func given(_ layer: LayerDescription, _ stream: [Bool]) -> [Bool] {
    guard let input = layer.input else { return none }
    return stream.or(inputs).or(changed(input.gate, nil)).or(changed(input.projection, nil)).or(changed(input.norm))
  }

  private var none: [Bool] { Array(repeating: false, count: stream.count) }

  /// What leaves an MLP.
  private func fed(_ input: [Bool], _ mlp: MLPDescription, isExpert: Bool = false) -> [Bool] {
    var fed = input.or(changed(mlp.up.linear, isExpert ? .expertUp : .up))
      .or(changed(mlp.down, isExpert ? .expertDown : .down))
    if let gate = mlp.gate { fed = fed.or(changed(gate.linear, isExpert ? .expertGate : .gate)) }
    if let module = mlp.activationModule, adaptation.activations[module] != nil { fed = fed.or(masks[nil]?.other) }
    return fed
  }

  private func operand(
    _ normed: [Bool], _ projection: Projection, _ site: Site, _ norm: Norm?, _ latent: LatentAttention.Step?
  ) -> (reached: [Bool], sources: [[Bool]]) {
    let none = [Bool](repeating: false, count: normed.count)
    let weights = none.or(changed(projection.linear, site))
    // Keys and values share a latent, which the keys' mask covers.
    let lowered = none.or(latent.flatMap { changed($0.linear, site == .q ? .q : .k) }).or(changed(latent?.norm))
    let own = weights.or(lowered).or(changed(norm))
    let reached = normed.or(own)
    let hasNorm = norm != nil || latent != nil
    // A changed second step meets what the first changed, also where nothing was handed on.
    let joint = zip(own, normed).map { $0 && $1 }.or(zip(weights, lowered).map { $0 && $1 })
    return (reached, [own, normed, joint, hasNorm ? reached : none])
  }

  /// What a recurrence gives: a state differs for all tokens behind one, a convolution reaches no further than its kernel.
  private func remembered(_ recurrence: Recurrence, reading normed: [Bool]) -> [Bool] {
    let isTrained = recurrence.numbers.contains { adaptation.numbers[$0.name] != nil }
    let own = normed.or(isTrained ? masks[nil]?.other : nil)
    switch recurrence {
    case .convolution(let short):
      let inputs = own.or(changed(short.input, .recurrence))
      return inputs.indices.map { position in
        (max(0, position - short.convolution.kernel + 1)...position).contains { inputs[$0] }
      }
    case .deltaRule(let rule):
      let remembered = [rule.query, rule.key, rule.value, rule.strength, rule.decay].reduce(own) {
        $0.or(changed($1.linear, .recurrence))
      }
      let first = remembered.firstIndex(of: true) ?? remembered.count
      return remembered.indices.map { $0 >= first }.or(changed(rule.gate.linear, .recurrence)).or(changed(rule.norm))
    }
  }

  /// Which heads' outputs can differ.
  private func mixed(_ layer: Int, query: [Bool], key: [Bool], value: [Bool], sink: [Bool]) -> [Bool] {
    let attention = description.layers[layer].attention
    let filters = Set(
      (0..<attention.queryHeads).map { head in
        filter.clauses.indices.filter { filter.clauses[$0].covers(layer: layer, head: head) }
      })
    let (keys, values) = (Counts(key), Counts(value))
    return query.indices.map { position in
      let seen = attention.firstKey(of: position)..<position + 1
      return filters.contains { clauses in
        let own = HeadFilter(
          clauses: clauses.map {
            let clause = filter.clauses[$0]
            return .init(parts: clause.parts, queries: clause.queries?[index], keys: clause.keys?[index])
          })
        return canMix(own.segments(query: position, keys: seen), query[position], keys, values, sink[position])
      }
    }
  }

  /// Whether a head's output can differ: dP·V, P·dV or dP·dV of any key, where dP needs any score that can change, or the sink's logit.
  private func canMix(
    _ segments: [HeadFilter.Segment], _ query: Bool, _ keys: Counts, _ values: Counts, _ sink: Bool
  ) -> Bool {
    let scores =
      sink
      || segments.contains { segment in
        let key = keys.any(in: segment.keys)
        return (key && !segment.dropped.contains(.dKtQ)) || (query && !segment.dropped.contains(.KtdQ))
          || (key && query && !segment.dropped.contains(.dKtdQ))
      }
    return segments.contains { segment in
      let value = values.any(in: segment.keys)
      return (scores && !segment.dropped.contains(.dPV)) || (value && !segment.dropped.contains(.PdV))
        || (scores && value && !segment.dropped.contains(.dPdV))
    }
  }

  private func changed(_ linear: Linear, _ site: Site?) -> [Bool]? {
    guard let change = adaptation.linears[linear.module], let mask = masks[site] else { return nil }
    let dense = change.dense != nil || change.bias != nil
    return zip(mask.lowRank, mask.other).map { ($0 && !change.lowRank.isEmpty) || ($1 && dense) }
  }

  private func changed(_ norm: Norm?) -> [Bool]? {
    guard let norm, norm.modules.contains(where: { adaptation.norms[$0] != nil }) else { return nil }
    return masks[nil]?.other
  }
}

/// How many flags are set before each position, to ask for ranges.
struct Counts {
  private let before: [Int]

  init(_ flags: [Bool]) {
    before = flags.reduce(into: [0]) { counts, flag in counts.append(counts[counts.count - 1] + (flag ? 1 : 0)) }
  }

  func any(in range: Range<Int>) -> Bool { before[range.upperBound] > before[range.lowerBound] }
}

extension [Bool] {
  /// Element by element; nil changes nothing.
  fileprivate func or(_ flags: [Bool]?) -> [Bool] {
    guard let flags else { return self }
    return zip(self, flags).map { $0 || $1 }
  }
}
