import Architectures
import Checkpoints
import LinearAlgebra

/// One batch on its way through the layers: the base's state once, and a state for each run.
struct BatchRun {
  let batch: Batch
  let forward: PairedForward
  let adaptations: [Adaptation]
  /// Which tokens each run predicts.
  let vocabulary: HeadVocabulary
  let needs: ProbeNeeds
  let activations: Activations
  let scratches: [Scratch]
  /// An origin stands before its forks.
  private(set) var states: [RunState]
  private var turns: [RotaryTable: RotaryTurns] = [:]
  /// By layer, the factor on the stream as it leaves it.
  private let scales: [Float]
  /// By layer whose keys others read, the way back from them, where somebody asks who wrote what they inherit.
  private(set) var sharedReadings: [Int: KeyReading] = [:]

  var description: ModelDescription { forward.model.description }

  /// Writes the first residual stream.
  init(
    _ batch: Batch, _ forward: PairedForward, _ runs: [ChangeRun], _ adaptations: AdaptationList, _ needs: ProbeNeeds
  ) throws(CheckpointError) {
    let description = forward.model.description
    self.batch = batch
    self.forward = forward
    self.adaptations = adaptations.all
    vocabulary = HeadVocabulary(description.head.linear, runs, adaptations)
    self.needs = needs
    activations = Activations(batch, description)
    scratches = (0..<forward.workers.threads).map { _ in Scratch() }
    let scales = try description.layers.map { layer throws(CheckpointError) in try forward.model.scale(of: layer) }
    self.scales = scales
    states = [RunState](runs, adaptations: adaptations, batch: batch, description: description)
    let keepsSources =
      needs.contains(.sources)
      || states.contains { $0.rows.count > 0 && $0.filter.clauses.contains { $0.parts.hasSources } }
    for place in states.indices where states[place].origin == nil {
      let rows = states[place].rows
      states[place].memory = RunMemory(
        states[place], description, keepsSources: keepsSources,
        written: needs.contains(.writers) && states[place].keepsWriters
          ? WrittenChanges(
            rows, batch, description, scales: scales, predicts: needs.contains(.logits),
            byHead: needs.contains(.writerHeads)) : nil)
    }
    let embedding = PairedEmbedding(
      description: description.embedding, model: forward.model, adaptations: adaptations.all)
    try embedding.apply(batch, activations, states)
    keepEmbedded()
    for memory in states.compactMap(\.memory) {
      memory.written?.writeEmbedding(memory.stream.view)
      memory.named?.write(memory.stream.view, 0..<memory.stream.rows, layer: nil, .embed, scaledBy: 1)
    }
  }

  /// Takes the batch through a layer.
  mutating func advance<Watching: Probe>(through index: Int, _ probe: inout Watching) throws(CheckpointError) {
    let layer = description.layers[index]
    var partials = needs.contains(.stream) ? streams(index, probe) : []
    beginForks(index)
    let weights = try LayerWeights(
      layer, index, description, model: forward.model, adaptations: adaptations, workers: forward.workers)
    // While this layer computes, the system can read the next one.
    if index + 1 < description.layers.count { forward.model.prefetch(description.layers[index + 1]) }
    let turns = rotaryTurns(layer.attention)
    partials += project(index, weights, turns, probe)
    shareKeys(index)
    // The last layer's output is nobody's input, but for the logits and those who look at its projections or experts.
    let needsOutput =
      index + 1 < description.layers.count || !needs.isDisjoint(with: [.logits, .projections, .routing])
    let attended =
      weights.recurrence.map { recur(index, $0, probe) }
      ?? attend(index, weights, needsOutput: needsOutput, probe)
    partials += attended
    if needs.contains(.writers), description.producers.contains(index) {
      sharedReadings[index] = KeyReading(
        projection: weights.queryKeyValue.weight, keyNorm: weights.keyNorm, inputNorm: weights.attentionInputNorm)
    }
    if needs.contains(.writers), layer.attends { partials += read(index, weights, turns, after: attended, probe) }
    if needsOutput { partials += try finish(index, weights, turns, probe) }
    probe.fold(
      partials,
      layer: LayerSummary(
        layer: index, prompts: batch.spans.map(\.prompt),
        reaches: states.sorted { $0.index < $1.index }.map { $0.reaches.map { $0.layers[index] } }))
  }

  /// Gives forks that begin in a layer a stream of their own, as it enters.
  private mutating func beginForks(_ index: Int) {
    for place in states.indices where states[place].begins(in: index) {
      guard let origin = states[place].origin, let shared = states[origin].memory else { continue }
      let memory = RunMemory(states[place], description, keepsSources: shared.sources != nil)
      states[place].rows.take(shared.kept(with: memory), from: states[origin].rows)
      states[place].memory = memory
    }
  }

  private func streams<Watching: Probe>(_ index: Int, _ probe: Watching) -> [(
    task: ProbeTask, partial: Watching.Partial
  )] {
    let (batch, activations, states) = (batch, activations, states)
    return forward.workers.map(batch.spans.count) { number, _ in
      let span = batch.spans[number]
      let task = ProbeTask.stream(layer: index, prompt: span.prompt)
      var partial = probe.begin(task)
      let changes = states.filter { $0.origin == nil }.sorted { $0.index < $1.index }.compactMap { state in
        state.memory.map {
          (state.index, state.rows.first[number], ReadOnlyMatrix($0.stream.view.rows(state.rows.spans[number])))
        }
      }
      probe.see(
        StreamRows(
          layer: index, prompt: span.prompt, base: ReadOnlyMatrix(activations.stream.view.rows(span.rows)),
          changes: changes), &partial)
      return (task, partial)
    }
  }

  private func pass(
    _ index: Int, _ weights: LayerWeights, _ turns: [RotaryTurns]?, _ runs: [RunState], given: GivenTokens? = nil
  ) -> LayerPass {
    let named = scales.allSatisfy { $0 == 1 } ? [] : Set(runs.flatMap(\.named))
    return LayerPass(
      index: index, layer: description.layers[index], weights: weights, batch: batch, activations: activations,
      runs: runs, showsProducts: needs.contains(.projections),
      keepsSources: needs.contains(.sources)
        || states.contains { state in
          state.rows.count > 0 && description.readers(of: index).contains { state.filter.dropsSources(layer: $0) }
        },
      turns: turns, given: given,
      factors: Dictionary(
        uniqueKeysWithValues: named.map { ($0, description.factor(on: $0, before: index, scales)) }))
  }

  private func project<Watching: Probe>(
    _ index: Int, _ weights: LayerWeights, _ turns: [RotaryTurns]?, _ probe: Watching
  ) -> [(task: ProbeTask, partial: Watching.Partial)] {
    // What a fork's output is multiplied with, or remembers, it needs where it forks off, too.
    let isOwn = weights.recurrence != nil || description.layers[index].attention.gate != nil
    let pass = pass(
      index, weights, turns, states.filter { isOwn ? $0.isActive(in: index) : $0.projects(in: index) })
    let (stacks, scratches) = (RowStack.plan(batch, runs: pass.runs), scratches)
    return forward.workers.map(stacks.count) { piece, worker in
      let task = ProbeTask.projection(layer: index, piece: piece)
      var partial = probe.begin(task)
      pass.project(stacks[piece], scratches[worker]) { probe.see($0, &partial) }
      return (task, partial)
    }
  }

  private func attend<Watching: Probe>(
    _ index: Int, _ weights: LayerWeights, needsOutput: Bool, _ probe: Watching
  ) -> [(task: ProbeTask, partial: Watching.Partial)] {
    let (batch, states, scratches) = (batch, states, scratches)
    let factors =
      needs.contains(.values)
      ? PairedAttention.outputFactors(weights.output.weight, description.layers[index].attention, forward.workers) : []
    let attention = PairedAttention(
      index: index, attention: description.layers[index].attention, batch: batch, activations: activations,
      runs: states.compactMap { AttendingRun($0, in: index, states: states, batch) }, sinks: weights.sinks,
      needsOutput: needsOutput,
      needs: needs, outputWeight: weights.output.weight, outputFactors: factors)
    let tasks = AttentionTask.all(batch, attention.attention)
    let order = AttentionTask.largestFirst(tasks)
    let results = forward.workers.map(order.count) { place, worker in
      let own = tasks[order[place]]
      let prompt = batch.spans[own.span].prompt
      let task = ProbeTask.attention(layer: index, prompt: prompt, head: own.head, block: own.block)
      var partial = probe.begin(task)
      attention.run(own, scratches[worker]) { shown in
        switch shown {
        case .pattern(let tile): probe.see(tile, &partial)
        case .scores(let tile): probe.see(tile, &partial)
        }
      }
      return (task: task, partial: partial)
    }
    return zip(order, results).sorted { $0.0 < $1.0 }.map(\.1)
  }

  private func finish<Watching: Probe>(
    _ index: Int, _ weights: LayerWeights, _ turns: [RotaryTurns]?, _ probe: Watching
  ) throws(CheckpointError) -> [(task: ProbeTask, partial: Watching.Partial)] {
    let active = states.filter { $0.isActive(in: index) }
    let pass = pass(index, weights, turns, active, given: try givenTokens(index, active))
    if let experts = description.layers[index].experts { return try finish(experts, pass, probe) }
    let (stacks, scratches) = (RowStack.plan(batch, runs: pass.runs), scratches)
    return forward.workers.map(stacks.count) { piece, worker in
      let task = ProbeTask.output(layer: index, piece: piece)
      var partial = probe.begin(task)
      pass.finish(stacks[piece], scratches[worker]) { probe.see($0, &partial) }
      return (task, partial)
    }
  }

  /// The rotary turns of every span; tables that spans or layers share are made once.
  private mutating func rotaryTurns(_ attention: AttentionDescription) -> [RotaryTurns]? {
    guard let rotary = attention.rotary else { return nil }
    var result: [RotaryTurns] = []
    for prompt in batch.prompts {
      let table = rotary.frequencies.table(promptLength: prompt.positionCount)
      let known = turns[table] ?? RotaryTurns(rotary, table: table, positions: batch.positionIDs)
      turns[table] = known
      result.append(known)
    }
    return result
  }
}
