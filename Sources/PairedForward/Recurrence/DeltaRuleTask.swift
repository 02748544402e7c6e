import Architectures
import LinearAlgebra

/// One key head of a gated delta rule with the value heads that read it, over one span. Some tokens are read at a time; then each
/// state takes them, eight columns after the other.
struct DeltaRuleTask {
  /// Tokens that are read at a time.
  private static let tokens = 32

  private let rule: GatedDeltaRule
  private let task: PairedRecurrence.Task
  private let pass: PairedRecurrence
  private let operands: DeltaRuleOperands
  private let heads: [Head]
  /// o of the value head in hand.
  private let output: DoubleRows
  private let norm: GatedNorm
  private let runs: [DeltaRuleChanges]

  /// A value head.
  private struct Head {
    let index: Int
    /// Eight columns after the other, each (keys, 8).
    let state: DoubleRows
    /// Columns of v, z, b and a.
    let columns: (value: Int, gate: Int, strength: Int, decay: Int)
  }

  init(_ rule: GatedDeltaRule, _ task: PairedRecurrence.Task, _ pass: PairedRecurrence) {
    (self.rule, self.task, self.pass) = (rule, task, pass)
    let (keys, values, count) = (rule.keyDimension, rule.valueDimension, rule.groupSize)
    let span = pass.batch.spans[task.span].count
    let tokens = min(Self.tokens, span)
    operands = DeltaRuleOperands(tokens: tokens, keys: keys, values: values, heads: count)
    output = DoubleRows(rows: tokens, columns: values)
    heads = (task.part * count..<(task.part + 1) * count).map { head in
      Head(
        index: head, state: DoubleRows(rows: keys * ((values + 7) / 8), columns: 8),
        columns: (
          rule.column(rule.value, row: head * values), rule.column(rule.gate, row: head * values),
          rule.column(rule.strength, row: head), rule.column(rule.decay, row: head)
        ))
    }
    guard let norm = pass.weights.norm else { preconditionFailure("a delta rule has a norm") }
    self.norm = GatedNorm(norm)
    runs = pass.runs.map { run in
      let first = run.first(task.span)
      let isShown = pass.showsTerms && run.state.origin == nil && first < span
      return DeltaRuleChanges(
        run, first: first, tokens: tokens, keys: keys, values: values, heads: count,
        shownRows: isShown ? span - first : nil)
    }
  }

  func run(show: (RecurrenceRows) -> Void) {
    let span = pass.batch.spans[task.span]
    for tokens in (0..<span.count).pieces(of: Self.tokens) {
      for position in tokens { readOperands(position, slot: position - tokens.lowerBound) }
      for (place, head) in heads.enumerated() {
        for position in tokens { weigh(head, position, slot: position - tokens.lowerBound) }
        for block in 0..<output.width / 8 { advance(place, head, tokens, columns: 8 * block) }
        for position in tokens { write(head, position, slot: position - tokens.lowerBound) }
      }
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

  /// q and k of a token through convolution, SiLU and to their lengths, and v.
  private func readOperands(_ position: Int, slot: Int) {
    let (taps, first) = (pass.taps(task.span, position), task.part * rule.keyDimension)
    for own in runs where own.first <= position { own.taps = pass.taps(own.run, task.span, position) }
    let (query, key) = (rule.column(rule.query, row: first), rule.column(rule.key, row: first))
    convolve(query, channel: first, count: rule.keyDimension, taps, position) { $0.query[slot] }
    convolve(key, channel: rule.keyWidth + first, count: rule.keyDimension, taps, position) { $0.key[slot] }
    for (place, head) in heads.enumerated() {
      let channel = 2 * rule.keyWidth + head.index * rule.valueDimension
      convolve(head.columns.value, channel: channel, count: rule.valueDimension, taps, position) {
        $0.values[place][slot]
      }
    }
    scale(position, 1 / Double(rule.keyDimension).squareRoot()) { $0.query[slot] }
    scale(position, 1) { $0.key[slot] }
    for own in runs where own.first <= position {
      for column in stride(from: 0, to: operands.key.width, by: 8) {
        let sum = read(operands.key[slot] + column) + read(own.operands.key[slot] + column)
        LinearAlgebra.write(sum, own.changedKey[slot] + column)
      }
    }
  }

  /// Some channels of a token through convolution and SiLU.
  private func convolve(
    _ column: Int, channel: Int, count: Int, _ taps: CausalConvolution.Taps, _ position: Int,
    into target: (DeltaRuleOperands) -> UnsafeMutablePointer<Double>
  ) {
    let (convolution, end) = (pass.weights.convolution, channel + count)
    for offset in stride(from: 0, to: count, by: 8) {
      func input(_ row: UnsafePointer<Float>) -> DoubleLanes { readDoubles(row + column, offset, count) }
      let silu = PairedSiLU(convolution.value(channel + offset, before: end, taps, input))
      LinearAlgebra.write(silu.value, target(operands) + offset)
      for own in runs where own.first <= position {
        let du = convolution.delta(
          channel + offset, before: end, taps, own.taps, adaptation: own.run.state.adaptation,
          mask: own.run.mask(task.span, position), input
        ) { readDoubles($1 + column, offset, count) }
        LinearAlgebra.write(silu.delta(du), target(own.operands) + offset)
      }
    }
  }

  /// Takes a vector of a token to its length.
  private func scale(
    _ position: Int, _ factor: Double, _ row: (DeltaRuleOperands) -> UnsafeMutablePointer<Double>
  ) {
    let (length, x, width) = (PairedLength(factor: factor, epsilon: 1e-6), row(operands), operands.key.width)
    let root = length.root(x, width)
    for own in runs where own.first <= position { length.applyDelta(x, root: root, row(own.operands), width) }
    length.apply(x, root: root, width)
  }

  /// What a value head's state keeps at a token, and how strongly it takes it.
  private func weigh(_ head: Head, _ position: Int, slot: Int) {
    let row = pass.activations.queryKeyValue.view[pass.batch.spans[task.span].rows.lowerBound + position]
    let (b, a) = (Double(row[head.columns.strength]), Double(row[head.columns.decay]))
    operands.kept[slot] = pass.weights.decay(a, 0, head: head.index, adaptation: nil, mask: 0).kept
    operands.strength[slot] = PairedSigmoid.sigmoid(b)
    for own in runs where own.first <= position {
      let inputs = own.run.inputs(task.span, position)
      let (db, da) = (Double(inputs?[head.columns.strength] ?? 0), Double(inputs?[head.columns.decay] ?? 0))
      let decay = pass.weights.decay(
        a, da, head: head.index, adaptation: own.run.state.adaptation, mask: own.run.mask(task.span, position))
      (own.operands.kept[slot], own.lost[slot]) = (decay.kept, decay.lost)
      own.operands.strength[slot] = PairedSigmoid.delta(b, db)
    }
  }

  /// Takes eight columns of a value head's state through tokens.
  private func advance(_ place: Int, _ head: Head, _ tokens: Range<Int>, columns: Int) {
    let state = DeltaRuleColumns(keys: rule.keyDimension, state: head.state[columns / 8 * rule.keyDimension])
    for position in tokens {
      let slot = position - tokens.lowerBound
      let (query, key, strength) = (operands.query[slot], operands.key[slot], operands.strength[slot])
      let recalled = state.decay(by: operands.kept[slot], key: key)
      let missing = read(operands.values[place][slot] + columns) - recalled
      for own in runs where own.first <= position {
        let (changes, dStrength) = (own.columns(columns, of: place, over: state), own.operands.strength[slot])
        let recalled = changes.decay(
          kept: own.operands.kept[slot], lost: own.lost[slot], changedKey: own.changedKey[slot],
          dKey: own.operands.key[slot])
        let dMissing = read(own.operands.values[place][slot] + columns) - recalled
        own.written = dStrength * missing + (strength + dStrength) * dMissing
      }
      let written = strength * missing
      LinearAlgebra.write(state.take(written, key: key, query: query), output[slot] + columns)
      for own in runs where own.first <= position {
        let terms = own.columns(columns, of: place, over: state).take(
          written, own.written, changedKey: own.changedKey[slot], dKey: own.operands.key[slot], query: query,
          dQuery: own.operands.query[slot])
        own.keep(terms, of: place, position, slot, columns)
      }
    }
  }

  /// norm(o)·silu(z) of a token, and its change.
  private func write(_ head: Head, _ position: Int, slot: Int) {
    let (row, first) = (pass.batch.spans[task.span].rows.lowerBound + position, head.index * rule.valueDimension)
    let z = UnsafePointer(pass.activations.queryKeyValue.view[row] + head.columns.gate)
    let root = norm.length.root(output[slot], output.width)
    for own in runs where own.first <= position {
      guard let ownRow = own.run.ownRow(task.span, position) else { continue }
      norm.applyDelta(
        output[slot], root: root, own.output[slot],
        gate: (z, UnsafePointer(own.run.memory.queryKeyValue.view[ownRow] + head.columns.gate)),
        adaptation: own.run.state.adaptation, mask: own.run.mask(task.span, position),
        into: own.run.memory.heads.view[ownRow] + first)
    }
    norm.apply(output[slot], root: root, gate: z, into: pass.activations.heads.view[row] + first)
  }
}

extension DeltaRuleChanges {
  /// Eight columns of a state, over those of the base.
  fileprivate func columns(_ columns: Int, of head: Int, over base: DeltaRuleColumns) -> DeltaRuleColumnChanges {
    DeltaRuleColumnChanges(base: base, state: states[head][columns / 8 * base.keys])
  }

  /// Keeps what eight columns give.
  fileprivate func keep(
    _ terms: (DoubleLanes, DoubleLanes, DoubleLanes), of head: Int, _ position: Int, _ slot: Int, _ columns: Int
  ) {
    write(terms.0 + terms.1 + terms.2, output[slot] + columns)
    guard !shown.isEmpty else { return }
    for (term, kept) in zip([terms.0, terms.1, terms.2], shown[head]) {
      writeRounded(term, kept.view[position - first], columns, kept.columns)
    }
  }
}
