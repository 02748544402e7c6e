import Architectures
import Checkpoints
import LinearAlgebra
import Vocabulary

@testable import PairedForward

/// Attention on drawn operands: batches, runs and forks without a model around them, and the same head by head in double.
final class AttentionBench {
  static let dimension = 9
  static let queryHeads = 4
  let lengths: [Int]
  let attention: AttentionDescription
  let description: ModelDescription
  let batch: Batch
  let activations: Activations
  private(set) var states: [RunState]
  /// By run, what it leaves out: a fork what its origin does, too.
  private let filters: [PartFilter]
  private let scratch = Scratch()

  /// - Parameters:
  ///   - lengths: Tokens of each prompt.
  ///   - runs: By run, the first token of each prompt at which queries, keys and values change, or the run it forks from; and
  ///     what it leaves out.
  ///   - size: How large changes are.
  init(
    lengths: [Int], runs: [(origin: Origin, filter: PartFilter)], size: Double, window: Int? = nil,
    softCap: Double? = nil, seed: Int = 1
  ) {
    func linear(_ name: String, _ outputs: Int) -> Linear { Linear(name, inputs: 4, outputs: outputs) }
    let width = Self.queryHeads * Self.dimension
    let attention = AttentionDescription(
      queryHeads: Self.queryHeads, keyValueHeads: 2, headDimension: Self.dimension,
      query: Projection(linear("q", width)), key: Projection(linear("k", width / 2)),
      value: Projection(linear("v", width / 2)), output: Linear("o", inputs: width, outputs: 4), rotary: nil,
      scale: 0.4, softCap: softCap, window: window)
    let layer = LayerDescription(
      attentionInputNorm: nil, attention: attention, mlpInputNorm: nil,
      mlp: MLPDescription(
        gate: nil, up: Projection(linear("up", 4)), down: linear("down", 4), activation: .relu))
    let description = ModelDescription(
      family: "drawn", vocabularySize: 4, hiddenSize: 4,
      embedding: EmbeddingDescription(tokens: Embedding("e", rows: 4, columns: 4)), layers: [layer, layer],
      finalNorm: Norm(.rootMeanSquare, modules: [], width: 4, epsilon: 0),
      head: HeadDescription(linear: linear("head", 4), isTied: false), configuredPositions: nil)
    let prompts = lengths.map { ForwardPrompt(tokens: Array(repeating: 0, count: $0)) }
    var samples = Samples(seed: seed)
    (self.lengths, self.attention, self.description) = (lengths, attention, description)
    batch = Batch(Array(lengths.indices), of: prompts)
    activations = Activations(batch, description)
    var adaptation = Adaptation(name: "drawn", kind: .lora, fingerprint: "")
    for module in ["q", "k", "v"] {
      adaptation.linears[module] = LinearChange()
      adaptation.linears[module]?.bias = []
    }
    filters = runs.map { run in
      guard case .fork(let origin) = run.origin else { return run.filter }
      return PartFilter(runs[origin].filter.clauses + run.filter.clauses)
    }
    let list = runs.map { run in
      switch run.origin {
      case .first(let first):
        ChangeRun(adaptation, masks: zip(lengths, first).map { .from($1, of: $0) }, filter: run.filter)
      case .fork(let origin): ChangeRun(forkOf: origin, filter: run.filter)
      }
    }
    states = [RunState](list, adaptations: AdaptationList(list), batch: batch, description: description)
    activations.queryKeyValue.fill(scale: 1.5, &samples)
    for place in states.indices { states[place].memory = .drawn(states[place], description, size, &samples) }
    forget()
  }

  /// Where a run's change comes from.
  enum Origin: Sendable {
    case first([Int])
    case fork(of: Int)
  }

  /// Makes all outputs NaN, so that what is not written shows.
  func forget() {
    activations.heads.fill(.nan)
    for state in states { state.memory?.heads.fill(.nan) }
  }

  /// What a probe would have seen.
  var tiles: [ScoreTile] = []
  var patterns: [(tile: PatternTile, rows: [[Float]])] = []

  /// Runs all heads of a layer; `see` is shown each tile.
  func run(
    layer: Int = 0, needs: ProbeNeeds, see: (PairedAttention.Shown) -> Void
  ) {
    let pass = PairedAttention(
      index: layer, attention: attention, batch: batch, activations: activations,
      runs: states.compactMap { AttendingRun($0, in: layer, states: states, batch) }, sinks: nil, needsOutput: true,
      needs: needs, outputWeight: Matrix(rows: 4, columns: Self.queryHeads * Self.dimension), outputFactors: [])
    for task in AttentionTask.all(batch, attention) { pass.run(task, scratch, show: see) }
  }

  /// One head of one prompt in double.
  func plain(_ span: Int, head: Int) -> PlainAttention {
    let columns = AttentionColumns(attention)
    func rows(_ operand: Operand) -> [[Double]] {
      let own = columns.head(head, operand, attention)
      return batch.spans[span].rows.map { row in own.map { activations.queryKeyValue[row, $0] } }
    }
    return PlainAttention(
      dimension: Self.dimension, scale: 0.4, softCap: attention.softCap, window: attention.window,
      query: rows(.query), key: rows(.key), value: rows(.value))
  }

  /// The change of a head's operands under a run, zero before its first row. A fork that has begun has its origin's keys and
  /// values before its own first row.
  func change(_ state: RunState, _ span: Int, head: Int, layer: Int = 0) -> PlainAttention.Change {
    let columns = AttentionColumns(attention)
    let origin = state.origin.map { states[$0] }
    func rows(_ operand: Operand, _ matrix: (RunMemory) -> Matrix?) -> [[Double]] {
      let own = columns.head(head, operand, attention)
      return (0..<lengths[span]).map { position in
        let isOwn = position >= state.rows.first[span] && !state.begins(in: layer)
        guard let run = isOwn ? state : origin, position >= run.rows.first[span], let memory = run.memory,
          let source = matrix(memory)
        else { return [Double](repeating: 0, count: own.count) }
        let row = run.rows.spans[span].lowerBound + position - run.rows.first[span]
        return own.map { source[row, $0] }
      }
    }
    return PlainAttention.Change(
      query: rows(.query, \.queryKeyValue), key: rows(.key, \.queryKeyValue), value: rows(.value, \.queryKeyValue),
      sources: Operand.allCases.map { operand in
        Source.allCases.map { source in rows(operand) { $0.sources?[source.rawValue] } }
      }, filter: filters[state.index].head(head, layer: layer, prompt: span))
  }
}

extension ChangeMask {
  /// Every change from a token on.
  static func from(_ first: Int, of count: Int) -> ChangeMask {
    let weights = (0..<count).map { Float($0 < first ? 0 : 1) }
    return ChangeMask(general: TokenMask(lowRank: weights, other: weights))
  }
}

extension RunMemory {
  /// Drawn sources and their sums.
  fileprivate static func drawn(
    _ state: RunState, _ description: ModelDescription, _ size: Double, _ samples: inout Samples
  ) -> RunMemory {
    let memory = RunMemory(state, description, keepsSources: true)
    for source in memory.sources ?? [] {
      source.fill(scale: size / 2, &samples)
      memory.queryKeyValue.view.add(source.view)
    }
    return memory
  }
}

extension Matrix {
  fileprivate func fill(scale: Double, _ samples: inout Samples) {
    for index in 0..<rows * columns { elements[index] = Float(samples.next() * scale) }
  }

  fileprivate func fill(_ value: Float) { elements.update(repeating: value, count: rows * columns) }
}
