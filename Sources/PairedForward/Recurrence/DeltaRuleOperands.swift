import LinearAlgebra

/// What the states under one key head receive of the tokens in hand, a row a token.
final class DeltaRuleOperands {
  /// q and k.
  let query: DoubleRows
  let key: DoubleRows
  /// v, by value head.
  let values: [DoubleRows]
  /// What a state keeps, e^g, and how strongly a token is written, β, of the value head in hand.
  var kept: [Double]
  var strength: [Double]

  init(tokens: Int, keys: Int, values: Int, heads: Int) {
    (query, key) = (DoubleRows(rows: tokens, columns: keys), DoubleRows(rows: tokens, columns: keys))
    self.values = (0..<heads).map { _ in DoubleRows(rows: tokens, columns: values) }
    (kept, strength) = ([Double](repeating: 0, count: tokens), [Double](repeating: 0, count: tokens))
  }
}

/// What a run changes in them, and what it makes of states.
final class DeltaRuleChanges {
  let run: RecurringRun
  /// The first token that can differ.
  let first: Int
  /// dq, dk and dv; e^(g + dg) and dβ.
  let operands: DeltaRuleOperands
  /// k + dk.
  let changedKey: DoubleRows
  /// expm1(dg), of the value head in hand.
  var lost: [Double]
  /// By value head, eight columns after the other, each (keys, 8).
  let states: [DoubleRows]
  /// What changes in what is written of the token and columns in hand.
  var written = DoubleLanes()
  /// do, of the value head in hand.
  let output: DoubleRows
  /// By value head and term, a row a token from the first that can differ; empty where nobody looks.
  let shown: [[Matrix]]
  /// The rows that a convolution sees of the token in hand.
  var taps: CausalConvolution.Taps = []

  /// - Parameter shownRows: How many tokens are shown, if any.
  init(
    _ run: RecurringRun, first: Int, tokens: Int, keys: Int, values: Int, heads: Int, shownRows: Int?
  ) {
    (self.run, self.first) = (run, first)
    operands = DeltaRuleOperands(tokens: tokens, keys: keys, values: values, heads: heads)
    changedKey = DoubleRows(rows: tokens, columns: keys)
    lost = [Double](repeating: 0, count: tokens)
    states = (0..<heads).map { _ in DoubleRows(rows: keys * ((values + 7) / 8), columns: 8) }
    output = DoubleRows(rows: tokens, columns: values)
    shown =
      shownRows.map { rows in
        (0..<heads).map { _ in (0..<3).map { _ in Matrix(rows: rows, columns: values) } }
      } ?? []
  }
}
