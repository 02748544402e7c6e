import Architectures
import LinearAlgebra

/// What a mixture of experts keeps of a batch between its router and its sum: every token has a row for the base, and one in each run
/// that can differ there.
struct MixtureRows: Sendable {
  /// Of one model, or of what changes in it.
  struct Side: Sendable {
    /// What router and experts read, (rows, hidden): x, or dx.
    let input: Matrix
    /// Σ_e G_e·E_e(x), or its change, (rows, hidden).
    let output: Matrix
    /// What the dense MLP adds beside them, normed by itself, or its change, (rows, hidden); where it has no norm of its own ``output``.
    let dense: Matrix
    /// G by expert, (rows, experts), 0 where an expert is not chosen: the base's, or the run's own.
    let weights: Matrix
    /// dG, (rows, experts); of the base none.
    let weightChange: Matrix?
    /// The terms dG·E, G·dE and dG·dE of the output's change, each (rows, hidden); only where somebody asks.
    let terms: [Matrix]
    /// By row, the terms that the run leaves out; empty where it leaves out none.
    let dropped: [PartSet]

    init(
      rows: Int, hidden: Int, experts: Int, isChange: Bool, keepsTerms: Bool, partsDense: Bool, dropped: [PartSet] = []
    ) {
      self.dropped = dropped.allSatisfy(\.isEmpty) ? [] : dropped
      input = Matrix(rows: rows, columns: hidden)
      output = Matrix(rows: rows, columns: hidden)
      dense = partsDense ? Matrix(rows: rows, columns: hidden) : output
      weights = Matrix(rows: rows, columns: experts)
      weightChange = isChange ? Matrix(rows: rows, columns: experts) : nil
      terms = keepsTerms ? (0..<3).map { _ in Matrix(rows: rows, columns: hidden) } : []
    }
  }

  /// The base's rows are those of the batch.
  let base: Side
  /// By run of the layer.
  let runs: [Side]

  init(_ batch: Batch, _ runs: [RunState], layer: Int, hidden: Int, experts: ExpertsDescription, keepsTerms: Bool) {
    let (count, partsDense) = (experts.experts.count, experts.norms != nil)
    base = Side(
      rows: batch.rows, hidden: hidden, experts: count, isChange: false, keepsTerms: false, partsDense: partsDense)
    self.runs = runs.map { run in
      let dropped =
        run.filter.clauses.isEmpty
        ? []
        : run.rows.batchRow.map {
          run.filter.experts(
            layer: layer, prompt: batch.spans[batch.spanOfRow[$0]].prompt, position: batch.positions[$0])
        }
      return Side(
        rows: run.rows.count, hidden: hidden, experts: count, isChange: true,
        keepsTerms: keepsTerms && run.origin == nil, partsDense: partsDense, dropped: dropped)
    }
  }

  /// The rows that go through one expert: of the batch, and of each run, all rising. A token goes through it in the base where any
  /// model chooses it there, since changes count from the base's own output.
  struct Work {
    var base: [Int] = []
    var runs: [[Int]]
  }

  /// Who goes through which expert.
  func work(_ states: [RunState]) -> [Work] {
    var result = [Work](repeating: Work(runs: states.map { _ in [] }), count: base.weights.columns)
    var isNeeded = [[Bool]](repeating: [], count: result.count)
    for expert in result.indices {
      isNeeded[expert] = (0..<base.weights.rows).map { base.weights.view[$0][expert] != 0 }
    }
    for (index, (side, state)) in zip(runs, states).enumerated() {
      for (own, row) in state.rows.batchRow.enumerated() {
        let (before, after) = (base.weights.view[row], side.weights.view[own])
        for expert in result.indices where before[expert] != 0 || after[expert] != 0 {
          result[expert].runs[index].append(own)
          isNeeded[expert][row] = true
        }
      }
    }
    for expert in result.indices { result[expert].base = isNeeded[expert].indices.filter { isNeeded[expert][$0] } }
    return result
  }
}

extension MixtureRows.Work {
  /// Rows that a task takes through an expert at most: enough that its weights are packed for many, few enough that all threads have
  /// some. It depends on the rows alone, so that results do not depend on the threads.
  private static let length = 192

  /// The rows in stacks, with those of the batch that each stands for.
  func stacks(_ states: [RunState]) -> [(stack: RowStack, baseRows: ArraySlice<Int>)] {
    let total = base.count + runs.reduce(0) { $0 + $1.count }
    let count = (total + Self.length - 1) / Self.length
    var first = runs.map { _ in 0 }
    return (0..<count).compactMap { piece in
      let rows = base[base.count * piece / count..<base.count * (piece + 1) / count]
      guard let last = rows.last else { return nil }
      let own = runs.indices.map { run in
        let start = first[run]
        while first[run] < runs[run].count, states[run].rows.batchRow[runs[run][first[run]]] <= last { first[run] += 1 }
        return runs[run][start..<first[run]]
      }
      return (RowStack(gathering: rows, own, runs: states), rows)
    }
  }
}
