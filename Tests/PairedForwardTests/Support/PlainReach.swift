import Architectures
import Checkpoints
import Vocabulary

@testable import PairedForward

/// What can differ from the base, by looking at every pair of tokens, head by head.
struct PlainReach {
  let description: ModelDescription
  let adaptation: Adaptation
  let mask: ChangeMask
  let filter: PartFilter
  var layers: [(stream: [Bool], query: [Bool], key: [Bool], value: [Bool])] = []
  var firstChanged: Int

  init(
    tokens: [Int], description: ModelDescription, adaptation: Adaptation, mask: ChangeMask, filter: PartFilter
  ) {
    (self.description, self.adaptation, self.mask, self.filter) = (description, adaptation, mask, filter)
    firstChanged = tokens.count
    var stream = tokens.enumerated().map { position, token in
      description.tables.enumerated().contains { index, table in
        guard let change = adaptation.embeddings[table.module] else { return false }
        let weight = change.isLowRank ? mask.general.lowRank[position] : mask.general.other[position]
        return weight != 0 && change.rows?.contains(index == 0 ? token : position) != false
      }
    }
    for (number, layer) in description.layers.enumerated() {
      let attention = layer.attention
      let normed = tokens.indices.map { stream[$0] || acts(layer.attentionInputNorm, $0) }
      func operand(_ projection: Projection, _ site: Site, _ norm: Norm?) -> [Bool] {
        tokens.indices.map { normed[$0] || acts(projection.linear, site, $0) || acts(norm, $0) }
      }
      let query = operand(attention.query, .q, attention.queryNorm)
      let key = operand(attention.key, .k, attention.keyNorm)
      let value = operand(attention.value, .v, nil)
      layers.append((stream, query, key, value))
      var next = stream
      for position in tokens.indices {
        let mixed = (0..<attention.queryHeads).contains { head in
          mixes(position, filter.head(head, layer: number, prompt: 0), attention, query, key, value)
        }
        let attended = mixed || acts(attention.output, .o, position) || acts(layer.attentionOutputNorm, position)
        let middle = stream[position] || (attended && !layer.isParallel)
        let routers = [layer.experts?.router, layer.experts?.sharedGate].compactMap(\.self)
        let fed =
          middle || acts(layer.mlpInputNorm, position) || acts(layer.mlpOutputNorm, position)
          || routers.contains { acts($0, nil, position) }
          || ([layer.mlp].compactMap(\.self) + (layer.experts?.experts ?? [])).contains { mlp in
            acts(mlp.up.linear, .up, position) || mlp.gate.map { acts($0.linear, .gate, position) } ?? false
              || acts(mlp.down, .down, position)
          }
        next[position] = stream[position] || attended || fed
        if query[position] || key[position] || value[position] || next[position] {
          firstChanged = min(firstChanged, position)
        }
      }
      stream = next
    }
    let last = tokens.indices.first {
      stream[$0] || acts(description.finalNorm, $0) || acts(description.head.linear, nil, $0)
    }
    firstChanged = min(firstChanged, last ?? tokens.count)
  }

  private func acts(_ linear: Linear, _ site: Site?, _ position: Int) -> Bool {
    guard let change = adaptation.linears[linear.module] else { return false }
    let own = mask[site]
    return (!change.lowRank.isEmpty && own.lowRank[position] != 0)
      || ((change.dense != nil || change.bias != nil) && own.other[position] != 0)
  }

  private func acts(_ norm: Norm?, _ position: Int) -> Bool {
    norm?.modules.contains { adaptation.norms[$0] != nil } == true && mask.general.other[position] != 0
  }

  /// Whether a head's output can differ.
  private func mixes(
    _ position: Int, _ filter: HeadFilter, _ attention: AttentionDescription, _ query: [Bool], _ key: [Bool],
    _ value: [Bool]
  ) -> Bool {
    let seen = (attention.window.map { max(0, position - $0 + 1) } ?? 0)...position
    let isPatternMoved = seen.contains { other in
      let dropped = filter.plainParts(position, other)
      return (key[other] && !dropped.contains(.dKtQ)) || (query[position] && !dropped.contains(.KtdQ))
        || (key[other] && query[position] && !dropped.contains(.dKtdQ))
    }
    return seen.contains { other in
      let dropped = filter.plainParts(position, other)
      return (isPatternMoved && !dropped.contains(.dPV)) || (value[other] && !dropped.contains(.PdV))
        || (isPatternMoved && value[other] && !dropped.contains(.dPdV))
    }
  }
}
