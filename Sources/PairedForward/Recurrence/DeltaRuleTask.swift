import Architectures
import LinearAlgebra

/// One key head of a gated delta rule with the value heads that read it, over one span, token by token.
struct DeltaRuleTask {
  private let rule: GatedDeltaRule
  private let task: PairedRecurrence.Task
  private let pass: PairedRecurrence
  /// q and k of the token in hand.
  private let query: Doubles
  private let key: Doubles
  private let runs: [Changes]
  private let heads: [Head]
  /// o of the token and head in hand, behind its norm, and the change of that.
  private let (base, normed, change): (Matrix, Matrix, Matrix)

  /// What a run changes of the token in hand.
  private final class Changes {
    let run: RecurringRun
    let query: Doubles
    let key: Doubles
    /// By value head.
    let values: [Doubles]
    let states: [DeltaRuleChange]
    /// By value head and term, a row a token from the first that can differ; empty where nobody looks.
    let shown: [[Matrix]]
    let first: Int
    var taps: CausalConvolution.Taps = []

    init(_ run: RecurringRun, _ span: Int, _ heads: [Head], keys: Int, tokens: Int, shows: Bool) {
      self.run = run
      first = run.first(span)
      (query, key) = (Doubles(keys), Doubles(keys))
      values = heads.map { Doubles($0.value.count) }
      states = heads.map { DeltaRuleChange(of: $0.state) }
      let isShown = shows && run.state.origin == nil && first < tokens
      let rows = tokens - first
      shown = isShown ? heads.map { head in (0..<3).map { _ in Matrix(rows: rows, columns: head.value.count) } } : []
    }
  }

  /// A value head.
  private struct Head {
    let index: Int
    let value: Doubles
    let state: DeltaRuleState
    /// Columns of v, z, b and a.
    let columns: (value: Int, gate: Int, strength: Int, decay: Int)
  }

  init(_ rule: GatedDeltaRule, _ task: PairedRecurrence.Task, _ pass: PairedRecurrence) {
    (self.rule, self.task, self.pass) = (rule, task, pass)
    (query, key) = (Doubles(rule.keyDimension), Doubles(rule.keyDimension))
    let heads = (task.part * rule.groupSize..<(task.part + 1) * rule.groupSize).map { head in
      let first = head * rule.valueDimension
      return Head(
        index: head, value: Doubles(rule.valueDimension),
        state: DeltaRuleState(keys: rule.keyDimension, values: rule.valueDimension),
        columns: (
          rule.column(rule.value, row: first), rule.column(rule.gate, row: first),
          rule.column(rule.strength, row: head), rule.column(rule.decay, row: head)
        ))
    }
    self.heads = heads
    func row() -> Matrix { Matrix(rows: 1, columns: rule.valueDimension) }
    (base, normed, change) = (row(), row(), row())
    let tokens = pass.batch.spans[task.span].count
    runs = pass.runs.map {
      Changes($0, task.span, heads, keys: rule.keyDimension, tokens: tokens, shows: pass.showsTerms)
    }
  }

  func run(show: (RecurrenceRows) -> Void) {
    let span = pass.batch.spans[task.span]
    for position in 0..<span.count {
      let active = runs.filter { $0.first <= position }
      for change in active { change.taps = pass.taps(change.run, task.span, position) }
      readOperands(position, active)
      for (place, head) in heads.enumerated() { advance(place, head, position, active) }
    }
    for change in runs {
      for (head, terms) in zip(heads, change.shown) {
        show(
          RecurrenceRows(
            layer: pass.index, prompt: span.prompt, head: head.index, run: change.run.state.index,
            first: change.first, terms: terms.map { ReadOnlyMatrix($0.view) }))
      }
    }
  }

  /// q and k through convolution, SiLU and to their lengths, and v.
  private func readOperands(_ position: Int, _ active: [Changes]) {
    let (taps, first) = (pass.taps(task.span, position), task.part * rule.keyDimension)
    read(taps, rule.column(rule.query, row: first), channel: first, position, query, active) { $0.query }
    read(taps, rule.column(rule.key, row: first), channel: rule.keyWidth + first, position, key, active) { $0.key }
    PairedLength.normalize(query, active.map(\.query), factor: 1 / Double(rule.keyDimension).squareRoot())
    PairedLength.normalize(key, active.map(\.key), factor: 1)
    for (place, head) in heads.enumerated() {
      let channel = 2 * rule.keyWidth + head.index * rule.valueDimension
      read(taps, head.columns.value, channel: channel, position, head.value, active) { $0.values[place] }
    }
  }

  private func read(
    _ taps: CausalConvolution.Taps, _ column: Int, channel: Int, _ position: Int, _ target: Doubles,
    _ active: [Changes],
    _ change: (Changes) -> Doubles
  ) {
    let convolution = pass.weights.convolution
    for index in 0..<target.count {
      let u = convolution.value(channel + index, taps) { Double($0[column + index]) }
      target[index] = PairedSiLU.pair(u, 0).value
      for own in active {
        let du = convolution.delta(
          channel + index, taps, own.taps, adaptation: own.run.state.adaptation,
          mask: own.run.mask(task.span, position), { Double($0[column + index]) }, { Double($1[column + index]) })
        change(own)[index] = PairedSiLU.pair(u, du).delta
      }
    }
  }

  /// A value head takes a token.
  private func advance(_ place: Int, _ head: Head, _ position: Int, _ active: [Changes]) {
    let row = pass.activations.queryKeyValue.view[pass.batch.spans[task.span].rows.lowerBound + position]
    let (b, a) = (Double(row[head.columns.strength]), Double(row[head.columns.decay]))
    let g = pass.weights.decay(a, 0, head: head.index, adaptation: nil, mask: 0).value
    let strength = PairedSigmoid.sigmoid(b)
    head.state.decay(by: g, key: key, value: head.value, strength: strength)
    for own in active {
      let inputs = own.run.inputs(task.span, position)
      let (db, da) = (Double(inputs?[head.columns.strength] ?? 0), Double(inputs?[head.columns.decay] ?? 0))
      let dg = pass.weights.decay(
        a, da, head: head.index, adaptation: own.run.state.adaptation, mask: own.run.mask(task.span, position))
      own.states[place].advance(
        .init(g: g, dg: dg.delta, strength: strength, dStrength: PairedSigmoid.delta(b, db)), key: key,
        dKey: own.key, value: head.value, dValue: own.values[place])
    }
    head.state.finish(query: query, key: key)
    for own in active { own.states[place].finish(query: query, dQuery: own.query) }
    write(place, head, position, row, active)
  }

  /// norm(o)·silu(z), and its change.
  private func write(
    _ place: Int, _ head: Head, _ position: Int, _ row: UnsafeMutablePointer<Float>, _ active: [Changes]
  ) {
    let (width, first) = (rule.valueDimension, head.index * rule.valueDimension)
    let target = pass.activations.heads.view[pass.batch.spans[task.span].rows.lowerBound + position] + first
    guard let norm = pass.weights.norm else { preconditionFailure("a delta rule has a norm") }
    for column in 0..<width { base.view[0][column] = Float(head.state.output[column]) }
    norm.apply(base.view[0], count: width, into: normed.view[0])
    for column in 0..<width {
      target[column] = normed.view[0][column] * Float(PairedSiLU.pair(Double(row[head.columns.gate + column]), 0).value)
    }
    for own in active {
      let terms = own.states[place].terms
      for (term, kept) in own.shown.isEmpty ? [] : Array(own.shown[place].enumerated()) {
        for column in 0..<width { kept.view[position - own.first][column] = Float(terms[term][column]) }
      }
      guard let ownRow = own.run.ownRow(task.span, position) else { continue }
      for column in 0..<width { change.view[0][column] = Float(terms[0][column] + terms[1][column] + terms[2][column]) }
      norm.applyDelta(
        base.view[0], change.view[0], count: width, adaptation: own.run.state.adaptation,
        mask: Float(own.run.mask(task.span, position)), into: change.view[0])
      let (dz, result) = (own.run.memory.queryKeyValue.view[ownRow], own.run.memory.heads.view[ownRow] + first)
      for column in 0..<width {
        let (z, step) = (Double(row[head.columns.gate + column]), Double(dz[head.columns.gate + column]))
        let (value, delta) = PairedSiLU.pair(z, step)
        result[column] = Float(
          Double(change.view[0][column]) * (value + delta) + Double(normed.view[0][column]) * delta)
      }
    }
  }
}
