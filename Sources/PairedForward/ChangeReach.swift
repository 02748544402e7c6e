import Architectures
import Checkpoints

/// Which tokens can differ from the base at some point of the pass, decided from the mask, the adapter's targets and
/// who attends to whom, without looking at a value. What is not reached is a structural zero.
///
/// The reach of one prompt goes through the layers one by one: ``enter(_:)`` gives the flags inside a layer and moves on
/// to the next.
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
    /// Whether anything at all can differ in or after this layer's norms and projections.
    public var isTouched: Bool
  }

  private let adaptation: Adaptation
  private let lowRank: [Bool]
  private let other: [Bool]
  private var stream: [Bool]

  /// The reach at the embedding.
  public init(_ prompt: ForwardPrompt, description: ModelDescription, adaptation: Adaptation) {
    self.adaptation = adaptation
    lowRank = prompt.lowRankMask.map { $0 > 0 }
    other = prompt.otherMask.map { $0 > 0 }
    stream = Array(repeating: false, count: prompt.tokens.count)
    if let change = adaptation.embeddings[description.embedding.tokens.module] {
      let active = change.isLowRank ? lowRank : other
      for (position, token) in prompt.tokens.enumerated() where active[position] {
        stream[position] = change.rows?.contains(token) ?? true
      }
    }
    if let table = description.embedding.positions, let change = adaptation.embeddings[table.module] {
      let active = change.isLowRank ? lowRank : other
      for position in stream.indices where active[position] {
        if change.rows?.contains(position) ?? true { stream[position] = true }
      }
    }
  }

  /// The first token that can differ anywhere in the pass; the prompt's length if none can.
  public static func firstChanged(
    _ prompt: ForwardPrompt, description: ModelDescription, adaptation: Adaptation
  ) -> Int {
    let reach = ChangeReach(prompt, description: description, adaptation: adaptation)
    let hasLowRank = adaptation.linears.values.contains { !$0.lowRank.isEmpty }
    let hasOther =
      !adaptation.norms.isEmpty || adaptation.linears.values.contains { $0.dense != nil || $0.bias != nil }
    let count = prompt.tokens.count
    return (0..<count).first {
      reach.stream[$0] || (hasLowRank && reach.lowRank[$0]) || (hasOther && reach.other[$0])
    } ?? count
  }

  /// The flags inside a layer; afterwards the reach stands at the next one.
  public mutating func enter(_ layer: LayerDescription) -> Layer {
    let attention = layer.attention
    let normed = stream.or(changed(layer.attentionInputNorm))
    let query = normed.or(changed(attention.query.linear)).or(changed(attention.queryNorm))
    let key = normed.or(changed(attention.key.linear)).or(changed(attention.keyNorm))
    let value = normed.or(changed(attention.value.linear))
    let mixed = mixed(query: query, source: key.or(value), attention)
    let attended = mixed.or(changed(attention.output)).or(changed(layer.attentionOutputNorm))
    let middle = layer.isParallel ? stream : stream.or(attended)
    var inner = middle.or(changed(layer.mlpInputNorm)).or(changed(layer.mlp.up.linear))
    if let gate = layer.mlp.gate { inner = inner.or(changed(gate.linear)) }
    let fed = inner.or(changed(layer.mlp.down)).or(changed(layer.mlpOutputNorm))
    let flags = Layer(
      stream: stream, query: query, key: key, value: value,
      isTouched: [query, key, value, attended, fed].contains { $0.contains(true) })
    stream = stream.or(attended).or(fed)
    return flags
  }

  /// Which heads' outputs can differ: those whose query can, or which see a key or value that can.
  private func mixed(query: [Bool], source: [Bool], _ attention: AttentionDescription) -> [Bool] {
    var result = query
    var latest = -1
    for position in query.indices {
      if source[position] { latest = position }
      if latest >= attention.firstKey(of: position) { result[position] = true }
    }
    return result
  }

  private func changed(_ linear: Linear) -> [Bool]? {
    guard let change = adaptation.linears[linear.module] else { return nil }
    let dense = change.dense != nil || change.bias != nil
    return zip(lowRank, other).map { ($0 && !change.lowRank.isEmpty) || ($1 && dense) }
  }

  private func changed(_ norm: Norm?) -> [Bool]? {
    guard let norm, norm.modules.contains(where: { adaptation.norms[$0] != nil }) else { return nil }
    return other
  }
}

extension [Bool] {
  /// Element by element; nil changes nothing.
  fileprivate func or(_ flags: [Bool]?) -> [Bool] {
    guard let flags else { return self }
    return zip(self, flags).map { $0 || $1 }
  }
}
