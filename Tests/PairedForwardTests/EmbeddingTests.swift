import Architectures
import Checkpoints
import LinearAlgebra
import Testing

@testable import LeibnizTesting
@testable import PairedForward

/// The first residual stream against sums in double.
@Suite struct EmbeddingTests {
  @Test(arguments: [1, 3.5], changeSizes) func `Base and changes are the plain ones`(scale: Float, size: Double) throws
  {
    var samples = Samples(seed: 11)
    let positions = TinyTensor(name: "test.positions.weight", shape: [20, 24], values: samples.floats(20 * 24))
    try withTinyModel(.narrow, extra: [positions]) { model in
      let tokens = model.description.embedding.tokens
      let table = Embedding("test.positions", rows: 20, columns: 24)
      for learned in [nil, table] {
        try check(
          model, EmbeddingDescription(tokens: tokens, positions: learned, scale: scale), positions.values, size: size)
      }
    }
  }

  private func check(
    _ model: Model, _ description: EmbeddingDescription, _ positions: [Float], size: Double
  ) throws {
    var samples = Samples(seed: 12)
    let lengths = [7, 1, 17]
    let prompts = lengths.map { count in
      ForwardPrompt(tokens: (0..<count).map { _ in samples.below(29) })
    }
    let batch = Batch([0, 1, 2], of: prompts)
    let (drawn, changes) = adaptations(description, size, &samples)
    let firsts = [[0, 0, 0], [3, 1, 16], [0, 1, 5]]
    let masks = firsts.map { _ in lengths.map { ChangeMask.drawn($0, sites: [.q], &samples) } }
    let activations = Activations(batch, model.description)
    var states = firsts.enumerated().map { RunState($0, adaptation: $0 % 2, batch, first: $1, masks: masks[$0]) }
    // The last has no memory, as a fork before its first layer.
    for index in 0..<2 {
      states[index].memory = RunMemory(states[index], model.description, keepsSources: false)
    }
    try PairedEmbedding(description: description, model: model, adaptations: drawn)
      .apply(batch, activations, states)
    let embedding = Matrix(rows: 29, columns: 24)
    for token in 0..<29 { try model.row(token, of: description.tokens, into: embedding.view[token]) }
    var agreement = Agreement()
    for row in 0..<batch.rows {
      let (token, position) = (batch.token(row), batch.positions[row])
      for column in 0..<24 {
        let learned = description.positions == nil ? 0 : Double(positions[position * 24 + column])
        let own = Double(description.scale) * embedding[token, column]
        agreement.check(
          activations.stream.view[row][column], own + learned, within: 2 * epsilon * (abs(own) + abs(learned)),
          "row \(row), \(column)")
      }
    }
    for run in states.prefix(2) {
      let stream = try #require(run.memory?.stream)
      for (own, row) in run.rows.batchRow.enumerated() {
        let (token, position) = (batch.token(row), batch.positions[row])
        let mask = masks[run.index][batch.spanOfRow[row]].general
        for column in 0..<24 {
          // The tokens' change is of low rank in one adaptation, and touches some rows alone.
          let weight = run.adaptation == 0 ? mask.lowRank[position] : mask.other[position]
          let isChanged = run.adaptation == 0 ? token % 2 == 0 : true
          let first =
            isChanged ? Double(weight) * Double(description.scale) * changes[run.adaptation][0](token, column) : 0
          let second =
            description.positions != nil && run.adaptation == 1
            ? Double(mask.other[position]) * changes[1][1](position, column) : 0
          agreement.check(
            stream.view[own][column], first + second, within: 3 * epsilon * (abs(first) + abs(second)),
            "run \(run.index), row \(row), \(column)")
        }
      }
    }
    agreement.verify()
  }

  /// One that changes even tokens' rows by low rank, and one that changes both tables.
  private func adaptations(
    _ description: EmbeddingDescription, _ size: Double, _ samples: inout Samples
  ) -> ([Adaptation], [[(Int, Int) -> Double]]) {
    let values = (0..<3).map { _ in samples.floats(29 * 24, scale: size) }
    func change(_ table: Int, isLowRank: Bool, rows: Set<Int>?) -> EmbeddingChange {
      let own = values[table]
      return EmbeddingChange(isLowRank: isLowRank, rows: rows) { row, target in
        for column in 0..<24 { target[column] = own[row * 24 + column] }
      }
    }
    var first = Adaptation(name: "first", kind: .lora, fingerprint: "")
    first.embeddings[description.tokens.module] = change(
      0, isLowRank: true, rows: Set(stride(from: 0, to: 29, by: 2)))
    var second = Adaptation(name: "second", kind: .lora, fingerprint: "")
    second.embeddings[description.tokens.module] = change(1, isLowRank: false, rows: nil)
    if let table = description.positions { second.embeddings[table.module] = change(2, isLowRank: false, rows: nil) }
    let read: [(Int, Int) -> Double] = values.map { own in { Double(own[$0 * 24 + $1]) } }
    return ([first, second], [[read[0]], [read[1], read[2]]])
  }
}
