import Architectures
import Checkpoints

/// Who wrote a part of what a reader of the residual stream inherits.
package enum ReferenceWriter: Hashable, Sendable {
  /// A part of the model that adds to the stream.
  case part(StreamWriter)
  /// What dividing by another length adds.
  case scale
  /// What a changed gain or bias of the reader's norm adds.
  case gain
  /// What the output head's own change does.
  case head
}

/// Who wrote what dKᵀQ and KᵀdQ of every layer inherit, and what predictions gain, from pairs of plain runs.
///
/// What each writer added to the stream, one run less the other, goes forwards through the reader's norm, projection, norm and rotary
/// embedding by itself; nothing is pulled back to the stream.
package struct ReferenceWriters: Sendable {
  /// A block, and one of the two terms.
  package struct Key: Hashable, Sendable {
    /// Layer, head and regions.
    package var block: ReferenceBlockKey
    /// Whether it is dKᵀQ and not KᵀdQ.
    package var isOfKeys: Bool
  }

  /// What is known of predictions, sums over tokens.
  package struct Predictions: Sendable {
    /// Tokens that both models have, and those that only one has.
    package internal(set) var (tokens, leftOut) = (0, 0)
    /// Of KL(p‖p′) + KL(p′‖p).
    package internal(set) var nats: [ReferenceWriter: Double] = [:]
    /// Of log p′ − log p of the token that follows.
    package internal(set) var gain: [ReferenceWriter: Double] = [:]
    /// Of the gain, by layer: dP·V, P·dV, dP·dV, the output projection's change, and what a norm behind it adds.
    package internal(set) var attention: [Int: [Double]] = [:]
  }

  private var sums: [Key: [ReferenceWriter: Double]] = [:]
  private var queries: [Int: Int] = [:]
  private let weight: Double
  private let byHead: Bool
  /// Sums over all judged predictions.
  package internal(set) var predictions = Predictions()

  /// Nothing yet.
  /// - Parameters:
  ///   - weight: How far on the way from base to adapted model the operands are taken: 0 at the base.
  ///   - byHead: Whether the heads of attentions are writers of their own.
  package init(at weight: Double = 0, byHead: Bool = false) { (self.weight, self.byHead) = (weight, byHead) }

  /// Of every block that has pairs and each of its two terms, the number of queries and means over them.
  package var rows: [Key: (queries: Int, nats: [ReferenceWriter: Double])] {
    Dictionary(
      uniqueKeysWithValues: sums.map { key, sums in
        let count = queries[key.block.query] ?? 0
        return (key, (count, sums.mapValues { $0 / Double(count) }))
      })
  }

  /// Adds one prompt.
  /// - Parameters:
  ///   - base: The base's run, with ``ReferenceDetail/all`` kept.
  ///   - adapted: The adapted model's run on the same tokens, likewise.
  ///   - model: The adapted model with its masks.
  ///   - tokens: The prompt.
  ///   - regions: The region of each token, nil for a token in none.
  ///   - judged: Positions whose predictions of the next token are split.
  /// - Throws: ``CheckpointError`` when weights cannot be read.
  package mutating func add(
    base: ReferenceRun, adapted: ReferenceRun, model: ReferenceModel, tokens: [Int], regions: [Int?], judged: [Int]
  ) throws(CheckpointError) {
    for region in regions.compactMap(\.self) { queries[region, default: 0] += 1 }
    let written = try WrittenStream(base: base, adapted: adapted, model, byHead: byHead)
    for index in model.description.layers.indices where model.description.layers[index].attends {
      try add(index, written, base: base.layers[index], adapted: adapted.layers[index], model, regions)
    }
    try add(predictions: judged, of: tokens, written, base: base, adapted: adapted, model)
  }

  private mutating func add(
    _ index: Int, _ written: WrittenStream, base a: ReferenceLayer, adapted b: ReferenceLayer, _ model: ReferenceModel,
    _ regions: [Int?]
  ) throws(CheckpointError) {
    let layer = model.description.layers[index]
    let read = try written.read(before: index, layer.attentionInputNorm, of: model)
    let (x, other) = (a.details.attentionInput, b.details.attentionInput)
    // Keys that are another layer's read there.
    let place = model.description.layerOfKeys(index)
    let readByKeys = try written.read(
      before: place, model.description.layers[place].attentionInputNorm, of: model)
    let keys = try OperandSources(
      keysOf: layer.attention, of: model, base: a.details.keyInput, adapted: b.details.keyInput,
      carrying: readByKeys.map(\.change)
    ).pieces
    let queries = try OperandSources(
      queriesOf: layer.attention, of: model, base: x, adapted: other, carrying: read.map(\.change)
    ).pieces
    let fixedQueries = zip(a.queries, b.queries).map { $0 + weight * ($1 - $0) }
    let fixedKeys = zip(a.keys, b.keys).map { $0 + weight * ($1 - $0) }
    let (d, tokens) = (layer.attention.headDimension, regions.count)
    for head in 0..<layer.attention.queryHeads {
      // By block, what dk and dq are taken against, (tokens × d).
      var vectors: [ReferenceBlockKey: (key: [Double], query: [Double])] = [:]
      let group = layer.attention.keyValueHead(of: head)
      for (query, region) in regions.enumerated() {
        guard let region else { continue }
        let scores = ScoreRow(layer.attention, base: a, adapted: b, head: head, query: query, tokens: tokens)
        let row = DivergenceRow(scores)
        let seen = Array(scores.keys)
        for other in Set(seen.compactMap { regions[$0] }) {
          let block = ReferenceBlockKey(layer: index, head: head, query: region, key: other)
          let weights = row.weights { regions[seen[$0]] == other }
          let nothing = [Double](repeating: 0, count: tokens * d)
          var own = vectors.removeValue(forKey: block) ?? (nothing, nothing)
          for (key, weight) in zip(seen, weights) {
            let scaled = weight * layer.attention.scale
            let (q, k) = ((head * tokens + query) * d, (group * tokens + key) * d)
            for feature in 0..<d {
              own.key[key * d + feature] += scaled * fixedQueries[q + feature]
              own.query[query * d + feature] += scaled * fixedKeys[k + feature]
            }
          }
          vectors[block] = own
        }
      }
      for (block, own) in vectors {
        for (place, writer) in readByKeys.map(\.writer).enumerated() {
          sums[Key(block: block, isOfKeys: true), default: [:]][writer, default: 0] += dot(
            keys[place], from: group * tokens * d, own.key, from: 0, count: tokens * d)
        }
        for (place, writer) in read.map(\.writer).enumerated() {
          sums[Key(block: block, isOfKeys: false), default: [:]][writer, default: 0] += dot(
            queries[place], from: head * tokens * d, own.query, from: 0, count: tokens * d)
        }
      }
    }
  }
}

/// What every part of a model added to the stream's change, one run less the other.
struct WrittenStream {
  let base: ReferenceRun
  let adapted: ReferenceRun
  private let width: Int
  private let writers: [StreamWriter]
  private let before: [Int]
  private let changes: [TokenVectors]
  private let description: ModelDescription
  /// By layer, the factor on the stream as it leaves it.
  private let scales: [Double]
  /// What the predictions read in both runs.
  private let last: (base: TokenVectors, adapted: TokenVectors)

  init(
    base: ReferenceRun, adapted: ReferenceRun, _ model: ReferenceModel, byHead: Bool
  ) throws(CheckpointError) {
    let description = model.description
    (self.base, self.adapted, self.description) = (base, adapted, description)
    scales = try model.streamScales()
    width = description.hiddenSize
    (writers, before) = (description.writers(byHead: byHead), description.writersBefore(byHead: byHead))
    var changes = [Self.stream(adapted.layers[0], width) - Self.stream(base.layers[0], width)]
    for (index, layer) in description.layers.enumerated() {
      let (a, b) = (base.layers[index].details, adapted.layers[index].details)
      var heads =
        byHead && layer.attends
        ? try HeadWrites(layer, base: a, adapted: b, of: model).parts : []
      for part in layer.writers(byHead: false).dropFirst(heads.isEmpty ? 0 : 1) {
        guard let before = a.writes[part], let after = b.writes[part] else {
          preconditionFailure("what a layer writes is kept")
        }
        heads.append(after - before)
      }
      changes += heads
    }
    self.changes = changes
    let index = description.layers.count - 1
    last = (base.layers[index].details.leaving, adapted.layers[index].details.leaving)
  }

  private static func stream(_ layer: ReferenceLayer, _ width: Int) -> TokenVectors {
    TokenVectors(positions: 0..<layer.stream.count / width, width: width, values: layer.stream)
  }

  /// By what factors on the stream multiply what a layer's attention wrote, on its way to the predictions.
  func factor(ofAttentionIn layer: Int) -> Double {
    description.factor(on: StreamWriter(layer: layer, .attention), before: description.layers.count, scales)
  }

  /// What a layer reads in both runs, or behind the last what the predictions read.
  func streams(before layer: Int) -> (base: TokenVectors, adapted: TokenVectors) {
    layer == base.layers.count
      ? last : (Self.stream(base.layers[layer], width), Self.stream(adapted.layers[layer], width))
  }

  /// The parts of what a norm makes of the change of the stream before a layer, or behind the last for the predictions: what each writer
  /// added, the stream's changed length and the norm's own change.
  /// - Parameter positions: Of some tokens; nil for all.
  func read(
    before layer: Int, _ norm: Norm?, of model: ReferenceModel, positions: Range<Int>? = nil
  ) throws(CheckpointError) -> [(writer: ReferenceWriter, change: TokenVectors)] {
    func cut(_ vectors: TokenVectors) -> TokenVectors { positions.map { vectors[positions: $0] } ?? vectors }
    let own = zip(writers, changes).prefix(before[layer]).map { writer, change in
      (ReferenceWriter.part(writer), cut(change) * description.factor(on: writer, before: layer, scales))
    }
    guard let norm else { return own }
    let streams = streams(before: layer)
    let carrier = try NormCarrier(norm, of: model, base: cut(streams.base), adapted: cut(streams.adapted))
    let rest = carrier.rest
    return own.map { ($0, carrier.carry($1)) } + [(.scale, rest.length), (.gain, rest.gain)]
  }
}
