import Architectures
import LinearAlgebra

/// Keys and values of the layers that others read too, kept from there on: of the base, of a run's changes, or of one source of them.
struct SharedKeys: Sendable {
  /// By layer, [k | v] as the kernel receives them, (rows, k + v).
  let layers: [Int: Matrix]

  init(rows: Int, _ description: ModelDescription) {
    layers = Dictionary(
      uniqueKeysWithValues: description.producers.map { index in
        (index, Matrix(rows: rows, columns: AttentionColumns(description.layers[index].attention).keysAndValues.count))
      })
  }

  /// Numbers that a row takes.
  static func width(_ description: ModelDescription) -> Int {
    description.producers.reduce(0) { $0 + AttentionColumns(description.layers[$1].attention).keysAndValues.count }
  }

  /// Keeps what a layer's rows hold, or takes what it reads of another's into them.
  fileprivate func pass(_ rows: Matrix, _ columns: Range<Int>, layer: Int, producer: Int?) {
    let own = rows.view.columns(columns)
    if let producer {
      layers[producer]?.view.copy(into: own)
    } else if let kept = layers[layer] {
      own.copy(into: kept.view)
    }
  }
}

extension AttentionColumns {
  /// Where keys and values stand.
  var keysAndValues: Range<Int> { key.lowerBound..<value.upperBound }
}

extension BatchRun {
  /// Keeps a layer's keys and values for those that read them, or hands it those that it reads, once its own rows are projected.
  func shareKeys(_ index: Int) {
    let attention = description.layers[index].attention
    guard attention.keysOfLayer != nil || description.producers.contains(index) else { return }
    let (columns, producer) = (AttentionColumns(attention).keysAndValues, attention.keysOfLayer)
    activations.shared.pass(activations.queryKeyValue, columns, layer: index, producer: producer)
    for state in states where state.projects(in: index) {
      guard let memory = state.memory else { continue }
      memory.shared.pass(memory.queryKeyValue, columns, layer: index, producer: producer)
      memory.named?.passKeys(
        columns.lowerBound..<AttentionColumns(attention).key.upperBound, layer: index, producer: producer)
      for (shared, source) in zip(memory.sharedSources ?? [], memory.sources ?? []) {
        shared.pass(source, columns, layer: index, producer: producer)
      }
    }
    // A fork that begins here reads its origin's.
    if producer == nil { for state in states where state.begins(in: index) { takeKeys(state, of: index) } }
  }

  private func takeKeys(_ fork: RunState, of index: Int) {
    guard let origin = fork.origin.map({ states[$0] }), let source = origin.memory, let target = fork.memory else {
      return
    }
    fork.rows.take(source.sharedKeys(with: target) { $0 == index }, from: origin.rows)
  }
}

extension RunMemory {
  /// What a fork takes over of its origin's memory: the stream, and what of earlier layers is still read; the origin's beside its own.
  func kept(with fork: RunMemory) -> [(source: Matrix, target: Matrix)] {
    var pairs = [(stream, fork.stream)]
    if let embedded, let own = fork.embedded { pairs.append((embedded, own)) }
    if let named, let own = fork.named { pairs += named.streams(with: own) }
    return pairs + sharedKeys(with: fork)
  }

  /// Keys and values of some layers that others read, with their sources.
  fileprivate func sharedKeys(
    with fork: RunMemory, where isWanted: (Int) -> Bool = { _ in true }
  ) -> [(source: Matrix, target: Matrix)] {
    let own = ([(shared, fork.shared)] + zip(sharedSources ?? [], fork.sharedSources ?? [])).flatMap { from, to in
      from.layers.compactMap { layer, kept in isWanted(layer) ? to.layers[layer].map { (kept, $0) } : nil }
    }
    guard let named, let other = fork.named else { return own }
    return own + named.sharedKeys(with: other, where: isWanted)
  }
}
