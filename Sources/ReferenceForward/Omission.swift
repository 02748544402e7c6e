import Architectures
import Checkpoints
import Vocabulary

/// An intervention with what it needs to know of the prompt.
struct Omission {
  var intervention: ReferenceIntervention
  var base: ReferenceRun
  var regions: [Int?]

  /// Whether it leaves out what parts of the model wrote.
  var namesWriters: Bool { !intervention.written.isEmpty }

  /// The part of it that concerns a layer; nil where nothing is left out.
  func inLayer(_ layer: Int) -> LayerOmission? {
    guard !intervention.dropped.isEmpty || namesWriters, intervention.layers?.contains(layer) ?? true else {
      return nil
    }
    let heads = intervention.heads.map { Set($0.filter { $0.layer == layer }.map(\.head)) }
    guard heads?.isEmpty != true else { return nil }
    return LayerOmission(intervention: intervention, heads: heads, base: base.layers[layer], regions: regions)
  }

  /// The same for its attention, with what writers added to the stream as its projections read it.
  /// - Parameters:
  ///   - layers: What the run has done so far, with ``ReferenceDetail/all`` kept where writers are named.
  ///   - stream: What enters the layer.
  func inAttention(
    _ layer: Int, after layers: [ReferenceLayer], entering stream: TokenVectors, of model: ReferenceModel
  ) throws(CheckpointError) -> LayerOmission? {
    guard var own = inLayer(layer) else { return nil }
    let written = intervention.written.flatMap { operand, writers in writers.map { (operand, $0) } }
    let scales = try model.streamScales()
    for (operand, writer) in written {
      // Keys that are another layer's read there.
      let place = operand == .key ? model.description.layerOfKeys(layer) : layer
      guard writer.stands(before: place) else { continue }
      var change = layers.isEmpty ? stream - base.stream(0) : writer.wrote(layers) - writer.wrote(base.layers)
      change = change * model.description.factor(on: writer, before: place, scales)
      if let norm = model.description.layers[place].attentionInputNorm {
        let entering = place == layer ? stream : layers[place].vectors
        change = try NormCarrier(norm, of: model, base: base.stream(place), adapted: entering).carry(change)
      }
      own.written[operand, default: []].append(change)
    }
    return own
  }
}

extension ReferenceIntervention {
  /// 1 for each part that is kept, 0 for one that is left out.
  fileprivate func kept(_ parts: [Part]) -> [Double] { parts.map { dropped.contains($0) ? 0 : 1 } }
}

extension ReferenceRun {
  /// What enters a layer.
  fileprivate func stream(_ layer: Int) -> TokenVectors { layers[layer].vectors }
}

extension ReferenceLayer {
  fileprivate var vectors: TokenVectors {
    let width = details.attentionInput.width
    return TokenVectors(positions: 0..<stream.count / width, width: width, values: stream)
  }
}

extension StreamWriter {
  /// What it added to the stream.
  fileprivate func wrote(_ layers: [ReferenceLayer]) -> TokenVectors {
    guard let layer else { return layers[0].vectors }
    let nothing = TokenVectors(positions: layers[layer].vectors.positions, width: layers[layer].vectors.width)
    return layers[layer].details.writes[part] ?? nothing
  }
}

/// What is left out of one layer's attention.
struct LayerOmission {
  var intervention: ReferenceIntervention
  /// The heads it concerns, nil for all.
  var heads: Set<Int>?
  /// The base's own layer.
  var base: ReferenceLayer
  /// The region of each token.
  var regions: [Int?]
  /// dw of the writers whose writing is left out.
  var written: [Operand: [TokenVectors]] = [:]

  /// Whether parts are left out of a pair.
  private func concerns(head: Int, query: Int, key: Int) -> Bool {
    (heads?.contains(head) ?? true)
      && (intervention.query.map { regions[query] == $0 } ?? true)
      && (intervention.key.map { regions[key] == $0 } ?? true)
  }

  /// 1 for each of dKᵀQ, KᵀdQ and dKᵀdQ that is kept, 0 for one that is left out.
  private var keptTerms: SIMD3<Double> {
    SIMD3(intervention.kept(Part.scores))
  }

  /// The same for dP·V, P·dV and dP·dV.
  private var keptValues: SIMD3<Double> {
    SIMD3(intervention.kept(Part.values))
  }

  /// What a mixture adds: for the tokens concerned the base's own output plus the terms that are kept; nil where all are.
  func mix(
    _ mixture: ReferenceMixture, _ experts: ExpertsDescription, of model: ReferenceModel
  ) throws(CheckpointError) -> TokenVectors? {
    let kept = intervention.kept(Part.experts)
    guard kept.contains(0), heads == nil, intervention.key == nil else { return nil }
    let unchanged = ReferenceModel(model: model.model, adaptation: nil, threads: model.threads)
    let before = try ReferenceMixture(experts, of: unchanged, reading: base.details.feedInput)
    let terms = try ReferenceRouting.terms(before, mixture, width: model.description.hiddenSize)
    var (output, own) = (try before.output(), try mixture.output())
    for token in regions.indices where intervention.query.map({ regions[token] == $0 }) ?? true {
      for column in token * own.width..<(token + 1) * own.width {
        for (term, weight) in zip(terms, kept) { output.values[column] += weight * term.values[column] }
        own.values[column] = output.values[column]
      }
    }
    return own
  }

  /// z of every head, (tokens × heads·d): where a pair is concerned, the base's share plus the terms that are kept.
  /// - Parameters:
  ///   - operands: The intervened run's own.
  ///   - attention: The layer's attention.
  ///   - model: The adapted model with its masks.
  ///   - x: What the intervened run's q reads.
  ///   - keyInput: What its k and v read.
  func mix(
    _ operands: AttentionOperands, _ attention: AttentionDescription, of model: ReferenceModel,
    reading x: TokenVectors, keysReading keyInput: TokenVectors
  ) throws(CheckpointError) -> TokenVectors {
    let kept = try KeptChanges(
      self, of: operands, attention, model: model, queries: (base.details.attentionInput, x),
      keys: (base.details.keyInput, keyInput))
    let (tokens, d) = (x.positions.count, attention.valueDimension)
    let keptValues = keptValues
    var mixed = TokenVectors(positions: x.positions, width: attention.queryHeads * d)
    for head in 0..<attention.queryHeads {
      for query in 0..<tokens {
        let keys = attention.visibleKeys(of: query)
        let concerned = keys.map { concerns(head: head, query: query, key: $0) }
        let before = attention.pattern(
          head: head, query: query, queries: base.queries, keys: base.keys, sinks: base.sinks, tokens: tokens)
        let after = attention.pattern(
          ofScores: scores(head: head, query: query, concerned, operands, kept, attention, tokens: tokens),
          sink: operands.sinks.isEmpty ? nil : operands.sinks[head * tokens + query])
        for (column, key) in keys.enumerated() {
          let (p, dp) = (before[column], after[column] - before[column])
          let (value, z) = ((attention.keyValueHead(of: head) * tokens + key) * d, query * mixed.width + head * d)
          for index in 0..<d {
            guard concerned[column] else {
              mixed.values[z + index] += after[column] * operands.values[value + index]
              continue
            }
            let (v, dv) = (base.details.values[value + index], kept.values[value + index])
            mixed.values[z + index] += p * v + (keptValues * SIMD3(dp * v, p * dv, dp * dv)).sum()
          }
        }
      }
    }
    return mixed
  }

  /// One query's scores before a cap, (visible keys): c·k′ᵀq′, or the base's plus the terms that are kept.
  private func scores(
    head: Int, query: Int, _ concerned: [Bool], _ operands: AttentionOperands, _ kept: KeptChanges,
    _ attention: AttentionDescription, tokens: Int
  ) -> [Double] {
    let keptTerms = keptTerms
    return zip(attention.visibleKeys(of: query), concerned).map { key, isConcerned in
      func score(_ queries: [Double], _ keys: [Double]) -> Double {
        attention.score(head: head, query: query, key: key, queries: queries, keys: keys, tokens: tokens)
      }
      guard isConcerned else { return score(operands.queries, operands.keys) }
      let terms = SIMD3(
        score(base.queries, kept.keys), score(kept.queries, base.keys), score(kept.queries, kept.keys))
      return score(base.queries, base.keys) + (keptTerms * terms).sum()
    }
  }
}

/// dq, dk and dv of the intervened run without the sources that are left out, (heads × tokens × d) each.
private struct KeptChanges {
  var queries: [Double]
  var keys: [Double]
  var values: [Double]

  init(
    _ omission: LayerOmission, of operands: AttentionOperands, _ attention: AttentionDescription,
    model: ReferenceModel, queries ofQueries: (base: TokenVectors, adapted: TokenVectors),
    keys ofKeys: (base: TokenVectors, adapted: TokenVectors)
  ) throws(CheckpointError) {
    /// The whole change, or the sum of the sources that are kept, less what writers wrote that are left out.
    func kept(
      _ operand: Operand, _ changed: [Double], _ base: [Double],
      _ sources: ([TokenVectors]) throws(CheckpointError) -> OperandSources
    ) throws(CheckpointError) -> [Double] {
      let dropped = Source.allCases.filter {
        omission.intervention.dropped.contains(Part.sources(of: operand)[$0.rawValue])
      }
      // What is inherited is what was written.
      let written = dropped.contains(.inherited) ? [] : omission.written[operand] ?? []
      var sum = zip(changed, base).map { $0 - $1 }
      guard !dropped.isEmpty || !written.isEmpty else { return sum }
      let own = try sources(written)
      if !dropped.isEmpty { sum = [Double](repeating: 0, count: base.count) }
      for source in Source.allCases where !dropped.isEmpty && !dropped.contains(source) {
        guard let part = own.parts[source] else { continue }
        for index in sum.indices { sum[index] += part[index] }
      }
      for piece in own.pieces {
        for index in sum.indices { sum[index] -= piece[index] }
      }
      return sum
    }
    let base = omission.base
    queries = try kept(.query, operands.queries, base.queries) { written throws(CheckpointError) in
      try OperandSources(
        queriesOf: attention, of: model, base: ofQueries.base, adapted: ofQueries.adapted, carrying: written)
    }
    keys = try kept(.key, operands.keys, base.keys) { written throws(CheckpointError) in
      try OperandSources(
        keysOf: attention, of: model, base: ofKeys.base, adapted: ofKeys.adapted, carrying: written)
    }
    values = try kept(.value, operands.values, base.details.values) { _ throws(CheckpointError) in
      try OperandSources(valuesOf: attention, of: model, base: ofKeys.base, adapted: ofKeys.adapted)
    }
  }
}
