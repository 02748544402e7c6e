import Architectures
import Checkpoints

/// The predictions as a reader.
extension ReferenceWriters {
  mutating func add(
    predictions judged: [Int], of tokens: [Int], _ written: WrittenStream, base: ReferenceRun, adapted: ReferenceRun,
    _ model: ReferenceModel
  ) throws(CheckpointError) {
    for position in judged {
      let reader = try PredictionReader(position, written, of: model)
      guard tokens[position + 1] < reader.shared else {
        predictions.leftOut += 1
        continue
      }
      predictions.tokens += 1
      let vectors = try reader.vectors(target: tokens[position + 1])
      let layers = model.description.layers
      let read = try written.read(
        before: layers.count, model.description.finalNorm, of: model, positions: position..<position + 1)
      for (writer, change) in read {
        predictions.nats[writer, default: 0] += product(vectors.divergence, change)
        predictions.gain[writer, default: 0] += product(vectors.gain, change)
      }
      predictions.nats[.head, default: 0] += vectors.ownDivergence
      predictions.gain[.head, default: 0] += vectors.ownGain
      let streams = written.streams(before: layers.count)
      let norm = try NormCarrier(
        model.description.finalNorm, of: model, base: streams.base[positions: position..<position + 1],
        adapted: streams.adapted[positions: position..<position + 1])
      for (index, layer) in layers.enumerated() where layer.attends {
        let parts = try AttentionWrite(
          layer, base: base.layers[index], adapted: adapted.layers[index], of: model, position: position,
          tokens: tokens.count
        ).parts
        var sums = predictions.attention[index] ?? Array(repeating: 0, count: parts.count)
        let factor = written.factor(ofAttentionIn: index)
        for (place, part) in parts.enumerated() { sums[place] += factor * product(vectors.gain, norm.carry(part)) }
        predictions.attention[index] = sums
      }
    }
  }

  private func product(_ vector: [Double], _ change: TokenVectors) -> Double {
    dot(vector, from: 0, change.values, from: 0, count: vector.count)
  }
}

/// One prediction of both models over the tokens that both have.
private struct PredictionReader {
  /// How many tokens both models have: the first ones.
  let shared: Int
  private let model: ReferenceModel
  /// Logits before and behind a soft cap.
  private let (raw, rawOther): ([Double], [Double])
  /// What the head's own change does, before multiplier and cap.
  private let own: [Double]

  init(_ position: Int, _ written: WrittenStream, of model: ReferenceModel) throws(CheckpointError) {
    let head = model.description.head
    let unchanged = ReferenceModel(model: model.model, adaptation: nil, threads: model.threads)
    let streams = written.streams(before: model.description.layers.count)
    let range = position..<position + 1
    let last = try unchanged.normalize(streams.base[positions: range], model.description.finalNorm)
    let other = try model.normalize(streams.adapted[positions: range], model.description.finalNorm)
    let projection = Projection(head.linear)
    raw = try unchanged.apply(projection, to: last).values.map { $0 * head.logitMultiplier }
    rawOther = try model.apply(projection, to: other).values.map { $0 * head.logitMultiplier }
    var change = try model.change(of: projection, at: nil, times: other)
    model.addBiasChange(of: projection, at: nil, to: &change)
    own = change.values
    self.model = model
    let isAdapted = (model.masks.common.other?[position] ?? 1) > 0
    let rows = isAdapted ? model.adaptation?.vocabulary?.headRows : nil
    shared = min(rows ?? head.linear.outputs, head.linear.outputs)
  }

  /// What a part of the change of what the head reads is taken against, and what the head's own change adds.
  func vectors(
    target: Int
  ) throws(CheckpointError) -> (divergence: [Double], gain: [Double], ownDivergence: Double, ownGain: Double) {
    let head = model.description.head
    let (a, b) = (raw.prefix(shared), rawOther.prefix(shared))
    let (before, after) = (a.map { softCapped($0, head.softCap) }, b.map { softCapped($0, head.softCap) })
    let factors = zip(a, b).map { x, y in
      head.logitMultiplier * (head.softCap.map { softCapSecant(x, y, change: y - x, cap: $0) } ?? 1)
    }
    let (p, q) = (logProbabilities(before), logProbabilities(after))
    let change = zip(p, q).map { exponential($1) - exponential($0) }
    let rise = zip(p, q).map { $1 - $0 }
    let whole = zip(change, rise).reduce(0) { $0 + $1.0 * $1.1 }
    let forward = zip(p, rise).reduce(0) { $0 + exponential($1.0) * exponentialExcess($1.1) }
    let weight = whole > 0 ? min(max(forward / whole, 0), 1) : 0.5
    let mixture = zip(p, change).map { exponential($0) + weight * $1 }
    let byDivergence = zip(change, factors).map { $0 * $1 }
    let byGain = mixture.indices.map { (($0 == target ? 1 : 0) - mixture[$0]) * factors[$0] }
    func own(_ weights: [Double]) -> Double { zip(weights, self.own).reduce(0) { $0 + $1.0 * $1.1 } }
    return (try pulled(byDivergence), try pulled(byGain), own(byDivergence), own(byGain))
  }

  /// Σ_v weight_v·W_v.
  private func pulled(_ weights: [Double]) throws(CheckpointError) -> [Double] {
    let linear = model.description.head.linear
    var sum = [Double](repeating: 0, count: linear.inputs)
    for start in stride(from: 0, to: weights.count, by: 2048) {
      let rows = start..<min(start + 2048, weights.count)
      let weight = try model.baseWeight(linear, rows: rows)
      for row in rows {
        for column in 0..<linear.inputs {
          sum[column] += weights[row] * weight[(row - rows.lowerBound) * linear.inputs + column]
        }
      }
    }
    return sum
  }
}

/// What a layer's attention wrote on one token, by what changed in it.
private struct AttentionWrite {
  /// W_O·(dP·V), W_O·(P·dV) and W_O·(dP·dV) through the base's gates, dW_O·z′ with the bias's change, what a norm behind them adds, and
  /// W_O·(dG ⊙ z′) of gates, (1 × hidden) each.
  let parts: [TokenVectors]

  init(
    _ layer: LayerDescription, base: ReferenceLayer, adapted: ReferenceLayer, of model: ReferenceModel, position: Int,
    tokens: Int
  ) throws(CheckpointError) {
    let (attention, d, range) = (layer.attention, layer.attention.headDimension, position..<position + 1)
    var mixed = Array(
      repeating: TokenVectors(positions: range, width: attention.queryHeads * d), count: 3)
    for head in 0..<attention.queryHeads {
      let row = ScoreRow(attention, base: base, adapted: adapted, head: head, query: position, tokens: tokens)
      let (p, q) = (row.before, row.after)
      for (column, key) in row.keys.enumerated() {
        let start = (attention.keyValueHead(of: head) * tokens + key) * d
        for feature in 0..<d {
          let v = base.details.values[start + feature]
          let (dv, dp) = (adapted.details.values[start + feature] - v, q[column] - p[column])
          mixed[0].values[head * d + feature] += dp * v
          mixed[1].values[head * d + feature] += p[column] * dv
          mixed[2].values[head * d + feature] += dp * dv
        }
      }
    }
    let output = Projection(attention.output)
    if let before = base.details.gates, let after = adapted.details.gates {
      mixed = mixed.map { before.factors[positions: range] * $0 }
      let change = after.factors[positions: range] - before.factors[positions: range]
      mixed.append(change * after.heads[positions: range])
    }
    var parts: [TokenVectors] = []
    for part in mixed { parts.append(try model.base(output, times: part)) }
    let read = adapted.details.mixed[positions: range]
    var own = try model.change(of: output, at: .o, times: read)
    model.addBiasChange(of: output, at: .o, to: &own)
    parts.insert(own, at: 3)
    var rest = TokenVectors(positions: range, width: own.width)
    if let norm = layer.attentionOutputNorm {
      let unchanged = ReferenceModel(model: model.model, adaptation: nil, threads: model.threads)
      let carrier = try NormCarrier(
        norm, of: model, base: unchanged.apply(output, at: .o, to: base.details.mixed[positions: range]),
        adapted: model.apply(output, at: .o, to: read))
      parts = parts.map(carrier.carry)
      rest = carrier.rest.length + carrier.rest.gain
    }
    parts.insert(rest, at: 4)
    self.parts = parts.map { $0 * Double(layer.residualMultiplier) }
  }
}
