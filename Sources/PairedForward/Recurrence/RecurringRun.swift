import LinearAlgebra

/// A run in the recurrence of one layer: where the changes of what it reads stand. A fork reads its origin's before its own first row.
struct RecurringRun: Sendable {
  let state: RunState
  let memory: RunMemory
  /// The run that it forks from, where that has changes in the layer.
  private let origin: (state: RunState, memory: RunMemory)?

  init?(_ state: RunState, in layer: Int, states: [RunState]) {
    guard state.isActive(in: layer), let memory = state.memory else { return nil }
    (self.state, self.memory) = (state, memory)
    if let place = state.origin, states[place].isActive(in: layer), let shared = states[place].memory {
      origin = (states[place], shared)
    } else {
      origin = nil
    }
  }

  /// Position of the first token of a span whose inputs can differ.
  func first(_ span: Int) -> Int {
    min(state.rows.first[span], origin?.state.rows.first[span] ?? state.rows.first[span])
  }

  /// What the inputs of a token change by; nil where they do not.
  func inputs(_ span: Int, _ position: Int) -> UnsafePointer<Float>? {
    if let row = ownRow(span, position) { return UnsafePointer(memory.queryKeyValue.view[row]) }
    guard let origin, position >= origin.state.rows.first[span] else { return nil }
    return UnsafePointer(origin.memory.queryKeyValue.view[Self.row(origin.state, span, position)])
  }

  /// The run's row of a token; nil where it has none of its own.
  func ownRow(_ span: Int, _ position: Int) -> Int? {
    position >= state.rows.first[span] ? Self.row(state, span, position) : nil
  }

  /// The weight, at a token, of what is no low-rank part.
  func mask(_ span: Int, _ position: Int) -> Double {
    if let row = ownRow(span, position) { return Double(state.masks[nil].other[row]) }
    guard let origin else { return 0 }
    return Double(origin.state.masks[nil].other[Self.row(origin.state, span, position)])
  }

  private static func row(_ state: RunState, _ span: Int, _ position: Int) -> Int {
    state.rows.spans[span].lowerBound + position - state.rows.first[span]
  }
}
