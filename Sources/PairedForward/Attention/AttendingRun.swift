import LinearAlgebra

/// A run in the attention of one layer: where its deltas stand, and what it leaves out.
struct AttendingRun: Sendable {
  /// Deltas of consecutive positions of a prompt.
  struct Segment: Sendable {
    let positions: Range<Int>
    let memory: RunMemory
    /// The row of the first position.
    let row: Int
  }

  let state: RunState
  /// Where dz goes.
  let memory: RunMemory
  /// By span, where dk and dv of its prompt stand; a fork has the first of its origin.
  private let keys: [[Segment]]
  /// By span, where dq of its own rows stands.
  private let queries: [Segment]
  /// What its origin leaves out, in the layer where it forks off.
  private let originFilter: PartFilter?

  /// Whether probes see it.
  var isShown: Bool { state.origin == nil }

  init?(_ state: RunState, in layer: Int, states: [RunState], _ batch: Batch) {
    guard state.isActive(in: layer), let memory = state.memory else { return nil }
    func segment(_ run: RunState, _ memory: RunMemory, _ span: Int, _ positions: Range<Int>) -> Segment {
      let row = run.rows.spans[span].lowerBound + positions.lowerBound - run.rows.first[span]
      return Segment(positions: positions, memory: memory, row: row)
    }
    let counts = batch.spans.map(\.count)
    let owns = counts.indices.map { segment(state, memory, $0, state.rows.first[$0]..<counts[$0]) }
    self.state = state
    self.memory = memory
    guard let place = state.origin, let shared = states[place].memory else {
      keys = owns.map { [$0] }
      queries = owns
      originFilter = nil
      return
    }
    let origin = states[place]
    let isOriginActive = origin.isActive(in: layer)
    originFilter = isOriginActive && state.begins(in: layer) ? origin.filter : nil
    if state.begins(in: layer) {
      // What it reads is still its origin's.
      keys = counts.indices.map { [segment(origin, shared, $0, origin.rows.first[$0]..<counts[$0])] }
      queries = counts.indices.map { segment(origin, shared, $0, state.rows.first[$0]..<counts[$0]) }
    } else {
      keys = counts.indices.map { span in
        let early = segment(origin, shared, span, origin.rows.first[span]..<state.rows.first[span])
        return isOriginActive ? [early, owns[span]] : [owns[span]]
      }
      queries = owns
    }
  }

  /// Position of the first query of a span that can differ.
  func firstQuery(_ span: Int) -> Int { queries[span].positions.lowerBound }

  /// The mask's weight on what is no low-rank part, at a query that can differ.
  func mask(_ span: Int, _ query: Int) -> Float {
    state.masks[nil].other[state.rows.spans[span].lowerBound + query - state.rows.first[span]]
  }

  /// Position of the first key of a span that can differ.
  func firstKey(_ span: Int) -> Int { keys[span][0].positions.lowerBound }

  /// dq of a head from ``firstQuery(_:)`` on.
  func query(_ span: Int, _ columns: Range<Int>, _ matrix: (RunMemory) -> Matrix?) -> MatrixView? {
    let segment = queries[span]
    return matrix(segment.memory)?.view.columns(columns).rows(segment.row..<segment.row + segment.positions.count)
  }

  /// dz of a head from ``firstQuery(_:)`` on.
  func output(_ span: Int, _ columns: Range<Int>) -> MatrixView {
    memory.heads.view.rows(state.rows.spans[span]).columns(columns)
  }

  /// Whether a head's output is its origin's: where it forks off, and leaves nothing of its own out of that head.
  func equalsOrigin(layer: Int, head: Int, prompt: Int) -> Bool {
    guard let originFilter else { return false }
    func clauses(_ filter: PartFilter) -> Int { filter.head(head, layer: layer, prompt: prompt).clauses.count }
    return clauses(originFilter) == clauses(state.filter)
  }

  /// Takes dz of a head from its origin, for the queries of a task.
  func copyOutput(_ span: Int, _ task: Range<Int>, _ columns: Range<Int>) {
    let (segment, target) = (queries[span], output(span, columns))
    let source = segment.memory.heads.view.columns(columns)
    for position in segment.positions.clamped(to: task) {
      let row = position - segment.positions.lowerBound
      target[row].update(from: source[segment.row + row], count: columns.count)
    }
  }

  /// Copies dk or dv of the positions that some queries see next to each other; row 0 belongs to ``firstKey(_:)``, rows of
  /// other positions are undefined.
  func gather(
    _ span: Int, _ seen: Range<Int>, _ columns: Range<Int>, _ matrix: (RunMemory) -> Matrix?, into target: MatrixView
  ) {
    for segment in keys[span] {
      guard let source = matrix(segment.memory)?.view.columns(columns) else { continue }
      for position in segment.positions.clamped(to: seen) {
        target[position - firstKey(span)].update(
          from: source[segment.row + position - segment.positions.lowerBound], count: columns.count)
      }
    }
  }
}
