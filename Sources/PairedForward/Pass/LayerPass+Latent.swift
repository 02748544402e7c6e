import Architectures
import LinearAlgebra
import Vocabulary

/// Projections in two steps, y = B·n(A·x).
///
/// A source of n(A·x) goes on through B, and what B's own change makes of the latent is the layer's own, of the latent's change both:
/// own = dB·n + B·own_n, inherited = B·inherited_n, joint = dB·dn + B·joint_n, norm = B·norm_n. The rotary key has no second step.
extension LayerPass {
  /// Rows of latents behind their norms, base rows and under them their changes, and what the changes are made of where that is kept.
  struct Latents {
    let all: MatrixView
    let sources: [MatrixView]?
  }

  /// x → latents.
  func lower(_ input: LinearInput, _ stack: RowStack, _ latent: LatentWeights, _ scratch: Scratch) -> Latents {
    let linear = weights.queryKeyValue
    let all = scratch.matrix(.latents, rows: stack.total, columns: linear.outputs)
    let parts = keepsSources ? self.parts(stack, linear.outputs, scratch) : nil
    linear.apply(input, stack, into: all, parts: parts, scratch)
    let delta = all.rows(stack.baseRows.count..<stack.total)
    linear.addBiasChanges(stack, to: delta)
    var sources: [MatrixView]?
    if let parts {
      linear.addBiasChanges(stack, to: parts.own)
      let remainder = scratch.matrix(.remainder, rows: stack.deltaRows, columns: linear.outputs)
      remainder.clear()
      sources = [parts.own, parts.inherited, parts.joint, remainder]
    }
    let rows = OperandRows(
      base: all.rows(0..<stack.baseRows.count), delta: delta, sources: sources, written: [], stack: stack,
      columns: AttentionColumns(layer.attention), pass: self)
    if let query = latent.query { rows.normalize(query.norm, latent.queryColumns) }
    rows.normalize(latent.keyValueNorm, latent.keyValueColumns)
    return Latents(all: all, sources: sources)
  }

  /// Latents → q, k and v side by side, and the sources of their changes.
  func raise(
    _ latents: Latents, _ stack: RowStack, _ latent: LatentWeights, into output: MatrixView,
    _ columns: AttentionColumns,
    _ scratch: Scratch
  ) -> [MatrixView]? {
    let sources = latents.sources?.indices.map {
      scratch.matrix(.latentSources, $0, rows: stack.deltaRows, columns: columns.total)
    }
    let (query, querySources) = (output.columns(columns.query), sources?.map { $0.columns(columns.query) })
    if let up = latent.query?.up {
      raise(latents, latent.queryColumns, up, stack, into: query, querySources, scratch)
    } else {
      latents.all.columns(latent.queryColumns).copy(into: query)
      for (own, target) in zip(latents.sources ?? [], querySources ?? []) {
        own.columns(latent.queryColumns).copy(into: target)
      }
    }
    let width = latent.keyValueUp.outputs
    let raised = scratch.matrix(.raised, rows: stack.total, columns: width)
    let raisedSources = sources?.indices.map {
      scratch.matrix(.raisedSources, $0, rows: stack.deltaRows, columns: width)
    }
    raise(latents, latent.keyValueColumns, latent.keyValueUp, stack, into: raised, raisedSources, scratch)
    place(raised, latents.all.columns(latent.rotaryColumns), columns, in: output)
    for (place, target) in (sources ?? []).enumerated() {
      guard let raised = raisedSources?[place], let own = latents.sources?[place] else { continue }
      self.place(raised, own.columns(latent.rotaryColumns), columns, in: target)
    }
    return sources
  }

  /// The second step of some columns of the latents.
  private func raise(
    _ latents: Latents, _ range: Range<Int>, _ linear: PairedLinear, _ stack: RowStack, into target: MatrixView,
    _ sources: [MatrixView]?, _ scratch: Scratch
  ) {
    let input = linearInput(latents.all.columns(range), stack, scratch, isSplit: sources != nil)
    let delta = target.rows(stack.baseRows.count..<stack.total)
    guard let sources, let own = latents.sources else {
      linear.apply(input, stack, into: target, scratch)
      linear.addBiasChanges(stack, to: delta)
      return
    }
    let places = (Source.own.rawValue, Source.inherited.rawValue, Source.joint.rawValue)
    let parts = LinearParts(own: sources[places.0], inherited: sources[places.1], joint: sources[places.2])
    linear.apply(input, stack, into: target, parts: parts, scratch)
    linear.addBiasChanges(stack, to: delta)
    linear.addBiasChanges(stack, to: parts.own)
    // What the whole change of the latent gives was a part; its sources give it one by one.
    for source in Source.allCases {
      let isOfWeights = source == .own || source == .joint
      multiply(
        own[source.rawValue].columns(range), linear.weight.view, transposed: true, into: sources[source.rawValue],
        beta: isOfWeights ? 1 : 0)
    }
  }

  /// Puts heads' keys together with the rotary key that they share, and values behind them.
  private func place(
    _ raised: MatrixView, _ rotary: MatrixView, _ columns: AttentionColumns, in target: MatrixView
  ) {
    let attention = layer.attention
    let still = attention.headDimension - rotary.columns
    for row in 0..<target.rows {
      let (source, key) = (raised[row], target[row] + columns.key.lowerBound)
      for head in 0..<attention.keyValueHeads {
        let own = key + head * attention.headDimension
        own.update(from: source + head * still, count: still)
        (own + still).update(from: rotary[row], count: rotary.columns)
      }
      (target[row] + columns.value.lowerBound).update(
        from: source + attention.keyValueHeads * still, count: columns.value.count)
    }
  }
}
