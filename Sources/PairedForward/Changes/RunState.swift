import Architectures
import Checkpoints
import LinearAlgebra
import Vocabulary

/// A change run on its way through a batch.
struct RunState: Sendable {
  /// Its place in the caller's list.
  let index: Int
  /// Which of the distinct adaptations is its own.
  let adaptation: Int
  /// For a fork, the place of its origin among the states.
  let origin: Int?
  /// Whether its logits are wanted, or those of a fork of it.
  let predicts: Bool
  /// What is left out, its origin's filter included.
  let filter: PartFilter
  /// By span; a fork has those of its origin.
  let reaches: [ChangeReach]
  /// The first layer in which it has rows of its own; nil for a fork that never differs.
  let firstLayer: Int?
  let rows: ChangeRows
  let masks: RowMasks
  /// What of its stream is kept by writer, since it or a fork of it leaves that out.
  var named: [StreamWriter] = []
  /// By layer, those of them whose writing is left out of what it projects there.
  var readsNamed: [Set<StreamWriter>] = []
  /// Whether it keeps what every part of the model writes, where probes ask for that.
  var keepsWriters = false
  /// What it keeps between the steps of a layer; a fork has none before its first layer.
  var memory: RunMemory?

  /// Whether it has rows of its own whose projections it computes.
  func projects(in layer: Int) -> Bool { isActive(in: layer) && (origin == nil || firstLayer != layer) }

  /// Whether it has rows of its own in a layer's attention and after it.
  func isActive(in layer: Int) -> Bool {
    guard rows.count > 0, let firstLayer, layer >= firstLayer else { return false }
    return origin != nil || reaches.contains { $0.layers[layer].isTouched }
  }

  /// Whether it forks off in a layer.
  func begins(in layer: Int) -> Bool { origin != nil && firstLayer == layer }
}

/// The deltas of one run: a row for each token that has one.
struct RunMemory: Sendable {
  /// Residual stream, (rows, hidden).
  let stream: Matrix
  /// dq, dk and dv side by side as the kernel receives them, (rows, q + k + v).
  let queryKeyValue: Matrix
  /// dz: the heads' outputs side by side, (rows, heads · valueDimension).
  let heads: Matrix
  /// By ``Source``, what dq, dk and dv are made of; only where somebody asks.
  let sources: [Matrix]?
  /// What every part of the model added to the stream; only where somebody asks.
  let written: WrittenChanges?
  /// What some of them did; only where it is left out.
  let named: NamedWrites?
  /// The change of the stream that enters the first layer, (rows, hidden), where layers are given something made of it.
  let embedded: Matrix?
  /// dk and dv that further layers read.
  let shared: SharedKeys
  /// By ``Source``, what those are made of; only where somebody asks.
  let sharedSources: [SharedKeys]?

  init(
    _ state: RunState, _ description: ModelDescription, keepsSources: Bool, written: WrittenChanges? = nil
  ) {
    let (rows, width) = (state.rows.count, description.mixedWidth.inputs)
    named = NamedWrites(state.named, rows: rows, description)
    stream = Matrix(rows: rows, columns: description.hiddenSize)
    queryKeyValue = Matrix(rows: rows, columns: width)
    heads = Matrix(rows: rows, columns: description.mixedWidth.outputs)
    sources = keepsSources ? Source.allCases.map { _ in Matrix(rows: rows, columns: width) } : nil
    self.written = written
    embedded = description.layerInputs.map { _ in Matrix(rows: rows, columns: description.hiddenSize) }
    shared = SharedKeys(rows: rows, description)
    sharedSources = keepsSources ? Source.allCases.map { _ in SharedKeys(rows: rows, description) } : nil
  }
}

extension [RunState] {
  /// The states of all runs over a batch, an origin before its forks.
  init(_ runs: [ChangeRun], adaptations: AdaptationList, batch: Batch, description: ModelDescription) {
    self = []
    for (index, run) in runs.enumerated() {
      guard case .adaptation(let adaptation, let masks) = run.origin else { continue }
      let reaches = zip(batch.spans, batch.prompts).map { span, prompt in
        ChangeReach(
          tokens: prompt.tokens, positionIDs: prompt.positionIDs, index: span.prompt, description: description,
          adaptation: adaptation, mask: masks[span.prompt], filter: run.filter)
      }
      let rows = ChangeRows(batch, first: reaches.map(\.firstChanged))
      let place = count
      let number = adaptations.ofRun[index]
      append(
        RunState(
          index: index, adaptation: number, origin: nil,
          predicts: run.predicts || runs.contains { $0.isFork(of: index) && $0.predicts }, filter: run.filter,
          reaches: reaches, firstLayer: 0,
          rows: rows,
          masks: RowMasks(rows, batch, masks: masks), keepsWriters: run.showsWriters))
      for (other, fork) in runs.enumerated() {
        guard fork.isFork(of: index) else { continue }
        let divergence = Divergence(fork.filter, from: reaches, batch: batch, description: description)
        let rows = ChangeRows(batch, first: divergence.firstRow)
        append(
          RunState(
            index: other, adaptation: number, origin: place, predicts: fork.predicts,
            filter: PartFilter(run.filter.clauses + fork.filter.clauses), reaches: reaches,
            firstLayer: divergence.layer, rows: rows, masks: RowMasks(rows, batch, masks: masks)))
      }
    }
    nameWriters(description)
  }

  /// Finds out whose writing every run has to keep: an origin for its forks too, which read it in the layer where they fork off.
  private mutating func nameWriters(_ description: ModelDescription) {
    let all = description.writers(byHead: false)
    for place in indices {
      let forks = filter { $0.origin == place && $0.firstLayer != nil }
      let named = ([self[place]] + forks).reduce(into: Set()) { $0.formUnion($1.filter.writers) }
      self[place].named = all.filter(named.contains)
      self[place].readsNamed = description.layers.indices.map { layer in
        let readers = description.readers(of: layer)
        // What keys hold that other layers read, forks take over that begin behind.
        let taking = forks.filter { $0.begins(in: layer) || readers.count > 1 && ($0.firstLayer ?? 0) > layer }
        return ([self[place]] + taking).reduce(into: []) { names, run in
          for reader in readers { names.formUnion(run.filter.writers(readIn: reader)) }
        }
      }
    }
  }
}

extension ChangeRun {
  fileprivate func isFork(of run: Int) -> Bool {
    guard case .fork(run) = origin else { return false }
    return true
  }
}

/// The distinct adaptations of a list of runs.
struct AdaptationList: Sendable {
  let all: [Adaptation]
  /// By run, which of them is its own or its origin's.
  let ofRun: [Int]

  init(_ runs: [ChangeRun]) {
    var all: [Adaptation] = []
    var ofRun = [Int](repeating: 0, count: runs.count)
    for (index, run) in runs.enumerated() {
      if case .adaptation(let adaptation, _) = run.origin {
        ofRun[index] = all.count
        all.append(adaptation)
      }
    }
    for (index, run) in runs.enumerated() {
      guard case .fork(let origin) = run.origin else { continue }
      guard runs.indices.contains(origin), case .adaptation = runs[origin].origin else {
        preconditionFailure("a fork's origin is a run of an adaptation")
      }
      ofRun[index] = ofRun[origin]
    }
    self.all = all
    self.ofRun = ofRun
  }
}
