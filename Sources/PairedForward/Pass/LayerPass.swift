import Architectures
import LinearAlgebra
import Vocabulary

/// What one batch does in one layer, but for the attention itself: rows go through norms and projections stack by stack, each
/// stack a task of its own.
struct LayerPass: Sendable {
  let index: Int
  let layer: LayerDescription
  let weights: LayerWeights
  let batch: Batch
  let activations: Activations
  /// The runs that the stacks were planned for.
  let runs: [RunState]
  /// Whether the parts of every projection are wanted.
  let showsProducts: Bool
  /// Whether what dq, dk and dv are made of is kept.
  let keepsSources: Bool
  /// Per span, the rotary turns of its length; nil where the layer has none.
  let turns: [RotaryTurns]?
  /// What tokens themselves give the layer; nil where it is given nothing.
  let given: GivenTokens?
  /// Of writers that runs name, by what factors on the stream multiplied what they wrote, where there are factors.
  let factors: [StreamWriter: Float]

  /// x → q, k, v with their deltas, as the attention kernel receives them.
  func project(_ stack: RowStack, _ scratch: Scratch, show: (ProductRows) -> Void) {
    if weights.recurrence != nil { return projectToRecurrence(stack, scratch, show: show) }
    let columns = AttentionColumns(layer.attention)
    let input = normedStream(stack, weights.attentionInputNorm, scratch, isSplit: showsProducts || keepsSources)
    // Queries alone where keys and values are another layer's.
    let width = weights.latent == nil ? weights.queryKeyValue.outputs : columns.total
    let output = scratch.matrix(.projected, rows: stack.total, columns: width)
    if let latent = weights.latent {
      let sources = raise(lower(input, stack, latent, scratch), stack, latent, into: output, columns, scratch)
      return carry(output, sources, stack, columns, scratch)
    }
    let parts = showsProducts || keepsSources ? self.parts(stack, width, scratch) : nil
    weights.queryKeyValue.apply(input, stack, into: output, parts: parts, scratch)
    if let parts, showsProducts { self.show(parts, stack, weights.queryKeyValue, show) }
    weights.queryKeyValue.addBiasChanges(stack, to: output.rows(stack.baseRows.count..<stack.total))
    var sources: [MatrixView]?
    if let parts, keepsSources {
      weights.queryKeyValue.addBiasChanges(stack, to: parts.own)
      let remainder = scratch.matrix(.remainder, rows: stack.deltaRows, columns: width)
      remainder.clear()
      sources = [parts.own, parts.inherited, parts.joint, remainder]
    }
    carry(output, sources, stack, columns, scratch)
  }

  /// Takes projections to the attention kernel and keeps them.
  private func carry(
    _ output: MatrixView, _ sources: [MatrixView]?, _ stack: RowStack, _ columns: AttentionColumns, _ scratch: Scratch
  ) {
    OperandRows(
      base: output.rows(0..<stack.baseRows.count), delta: output.rows(stack.baseRows.count..<stack.total),
      sources: sources, written: readNamed(stack, scratch), stack: stack, columns: columns, pass: self
    ).carry()
    keep(output, sources: sources, stack)
  }

  /// Keeps what attention or recurrence reads.
  func keep(_ output: MatrixView, sources: [MatrixView]? = nil, _ stack: RowStack) {
    let (delta, own) = (output.rows(stack.baseRows.count..<stack.total), 0..<output.columns)
    for slice in stack.slices {
      guard let memory = runs[slice.run].memory else { continue }
      delta.rows(slice.rows).copy(into: memory.queryKeyValue.view.columns(own).rows(slice.own))
      for (source, kept) in zip(sources ?? [], memory.sources ?? []) {
        source.rows(slice.rows).copy(into: kept.view.columns(own).rows(slice.own))
      }
    }
    let target = activations.queryKeyValue.view.columns(own).rows(stack.baseRows)
    output.rows(0..<stack.baseRows.count).copy(into: target)
  }

  /// z → the stream after a dense layer.
  func finish(_ stack: RowStack, _ scratch: Scratch, show: (ProductRows) -> Void) {
    let attended = attend(stack, scratch, show: show)
    // In a parallel layer both halves read the stream that entered.
    if !layer.isParallel { addToStream(attended, stack, mixing) }
    let input = normedStream(stack, weights.mlpInputNorm, scratch, isSplit: showsProducts)
    var fed: MatrixView?
    if let mlp = weights.mlp { fed = feed(input, stack, mlp, scratch, show: show) }
    if layer.isParallel { addToStream(attended, stack, mixing) }
    if let fed {
      normalize(fed, stack, weights.mlpOutputNorm)
      addToStream(fed, stack, .mlp)
    }
    leave(stack, scratch)
  }

  /// The attention's output, (base rows + delta rows, hidden).
  func attend(_ stack: RowStack, _ scratch: Scratch, show: (ProductRows) -> Void) -> MatrixView {
    let columns = 0..<weights.output.inputs
    let all = scratch.matrix(.input, rows: stack.total, columns: columns.count)
    activations.heads.view.columns(columns).rows(stack.baseRows).copy(into: all.rows(0..<stack.baseRows.count))
    for slice in stack.slices {
      guard let memory = runs[slice.run].memory else { continue }
      let target = all.rows(stack.baseRows.count..<stack.total).rows(slice.rows)
      memory.heads.view.columns(columns).rows(slice.own).copy(into: target)
    }
    gate(all, stack, scratch, show: show)
    let input = linearInput(all, stack, scratch, isSplit: showsProducts)
    let output = project(input, stack, weights.output, .attended, scratch, show: show)
    if layer.attends {
      keepAttention(output, reading: input, stack, scratch)
      keepHeads(output, reading: input, stack, scratch)
    }
    normalize(output, stack, weights.attentionOutputNorm)
    return output
  }

  /// The output of a dense MLP or of an expert, (base rows + delta rows, hidden). Parts are of rows that are no gathered ones.
  func feed(
    _ input: LinearInput, _ stack: RowStack, _ mlp: MLPWeights, _ scratch: Scratch, show: (ProductRows) -> Void
  ) -> MatrixView {
    let shows = showsProducts && stack.gathered == nil
    let inner = scratch.matrix(.projected, rows: stack.total, columns: mlp.inner.outputs)
    let parts = shows ? self.parts(stack, mlp.inner.outputs, scratch) : nil
    mlp.inner.apply(input, stack, into: inner, parts: parts, scratch)
    if let parts { self.show(parts, stack, mlp.inner, show) }
    mlp.inner.addBiasChanges(stack, to: inner.rows(stack.baseRows.count..<stack.total))
    let width = mlp.down.inputs
    let activated = scratch.matrix(.activated, rows: stack.total, columns: width)
    let sum = scratch.matrix(.sum, rows: stack.deltaRows, columns: width)
    activate(inner, stack, mlp.activation, into: activated, sum)
    var changed = LinearInput(all: activated, sum: sum)
    if shows {
      if inner.columns > width { showGate(inner, stack, width, mlp.activation, scratch, show) }
      changed.base = gatheredBase(activated, stack, scratch)
    }
    return project(changed, stack, mlp.down, .fed, scratch, show: show)
  }

  /// A projection back to the stream.
  private func project(
    _ input: LinearInput, _ stack: RowStack, _ linear: PairedLinear, _ purpose: Scratch.Purpose, _ scratch: Scratch,
    show: (ProductRows) -> Void
  ) -> MatrixView {
    let output = scratch.matrix(purpose, rows: stack.total, columns: linear.outputs)
    let parts = showsProducts && stack.gathered == nil ? self.parts(stack, linear.outputs, scratch) : nil
    linear.apply(input, stack, into: output, parts: parts, scratch)
    if let parts { self.show(parts, stack, linear, show) }
    linear.addBiasChanges(stack, to: output.rows(stack.baseRows.count..<stack.total))
    return output
  }

  /// The norm on what a half of the layer adds, in place.
  func normalize(_ output: MatrixView, _ stack: RowStack, _ norm: PairedNorm?) {
    guard let norm else { return }
    let (base, delta) = (output.rows(0..<stack.baseRows.count), output.rows(stack.baseRows.count..<stack.total))
    // Deltas first, since they need the base as it was.
    normalizeDelta(base, delta, stack, 0..<output.columns, norm)
    for row in 0..<base.rows { norm.apply(base[row], count: base.columns, into: base[row]) }
  }

  /// Whom the writer of what mixes the tokens is called after.
  var mixing: StreamWriter.Part { layer.attends ? .attention : .recurrence }

  /// Adds what a part of the layer makes to the stream.
  func addToStream(_ output: MatrixView, _ stack: RowStack, _ part: StreamWriter.Part) {
    let factor = layer.residualMultiplier
    activations.stream.view.rows(stack.baseRows).add(output.rows(0..<stack.baseRows.count), scaledBy: factor)
    let delta = output.rows(stack.baseRows.count..<stack.total)
    for slice in stack.slices {
      guard let memory = runs[slice.run].memory else { continue }
      memory.stream.view.rows(slice.own).add(delta.rows(slice.rows), scaledBy: factor)
      keep(delta.rows(slice.rows), slice, memory, part, scaledBy: factor)
    }
  }

  /// Keeps what a part of the layer wrote for those who ask for it.
  func keep(
    _ delta: MatrixView, _ slice: RowStack.Slice, _ memory: RunMemory, _ part: StreamWriter.Part, scaledBy factor: Float
  ) {
    memory.written?.write(delta, slice.own, layer: index, part, scaledBy: factor)
    memory.named?.write(delta, slice.own, layer: index, part, scaledBy: factor)
  }
}
