import PairedForward
import Results

/// The probes of the measures that were asked for. Which one sees what is found out once a tile; what it does there is its own.
struct MeasureProbes {
  private struct Member: Sendable {
    let part: AnalysisPart
    var probe: any MeasureProbe
    let needs: ProbeNeeds
    let takesReference: Bool
    /// How many runs it looks at.
    let runs: Int
  }

  private var members: [Member]

  init(_ setting: MeasureSetting, _ sums: MeasuredSums) {
    members = sums.probes(setting).map { part, probe in
      Member(
        part: part, probe: probe, needs: probe.needs, takesReference: probe.takesReference,
        runs: part.measure.coversNulls ? setting.maps.count : setting.subjects)
    }
  }

  /// What one task gathers for each.
  typealias Partial = [any Sendable]

  var needs: ProbeNeeds { members.reduce([]) { $0.union($1.needs) } }

  var sums: MeasuredSums { MeasuredSums(members.map { ($0.part, $0.probe) }) }

  func begin(_ task: ProbeTask) -> Partial { members.map { $0.probe.beginHeld(task) } }

  /// Hands each probe that asks for something its own partial.
  @inline(__always)
  private func each(
    _ needs: ProbeNeeds, _ partials: inout Partial, _ show: (any MeasureProbe, inout any Sendable) -> Void
  ) {
    for (index, member) in members.enumerated() where member.needs.isSuperset(of: needs) {
      show(member.probe, &partials[index])
    }
  }

  func see(_ stream: StreamRows, _ partials: inout Partial) {
    each(.stream, &partials) { $0.see(stream, held: &$1) }
  }

  func see(_ pattern: PatternTile, _ partials: inout Partial) {
    each(.pattern, &partials) { $0.see(pattern, held: &$1) }
  }

  /// Shows a tile to those that take terms at the reference point, or to the others.
  func see(_ tile: ScoreTile, atReference: Bool, _ partials: inout Partial) {
    for (index, member) in members.enumerated()
    where member.needs.hasTiles && member.takesReference == atReference && tile.run < member.runs {
      member.probe.see(tile, held: &partials[index])
    }
  }

  func see(_ products: ProductRows, _ partials: inout Partial) {
    each(.projections, &partials) { $0.see(products, held: &$1) }
  }

  func see(_ routing: RoutingRows, _ partials: inout Partial) {
    each(.routing, &partials) { $0.see(routing, held: &$1) }
  }

  func see(_ recurrence: RecurrenceRows, _ partials: inout Partial) {
    each(.recurrence, &partials) { $0.see(recurrence, held: &$1) }
  }

  func see(_ logits: LogitRows, _ partials: inout Partial) {
    each(.logits, &partials) { $0.see(logits, held: &$1) }
  }

  func see(_ written: WrittenRows, after attention: [(task: ProbeTask, partial: Partial)], _ partials: inout Partial) {
    let felt = felt(written.run, attention)
    for (index, member) in members.enumerated() where member.needs.contains(.writers) && written.run < member.runs {
      member.probe.see(written, against: felt, held: &partials[index])
    }
  }

  /// What the divergence of a layer's attention is taken against, by head, in the order of the tasks.
  private func felt(
    _ run: Int, _ attention: [(task: ProbeTask, partial: Partial)]
  ) -> [(head: Int, vectors: WriterVectors)] {
    guard let divergence = members.firstIndex(where: { $0.probe is DivergenceProbe }) else { return [] }
    return attention.compactMap { task, partial in
      guard case .attention(_, _, let head, _) = task,
        let own = partial[divergence] as? Held<DivergenceProbe.Partial>,
        let vectors = own.value?[run].vectors
      else { return nil }
      return (head, vectors)
    }
  }

  func see(_ head: HeadRows, _ partials: inout Partial) {
    each([.writers, .logits], &partials) { $0.see(head, held: &$1) }
  }

  mutating func fold(_ partials: [(task: ProbeTask, partial: Partial)], _ logits: LogitFold) {
    for index in members.indices where members[index].needs.contains(.logits) {
      members[index].probe.fold(partials.map { ($0.task, $0.partial[index]) }, held: logits)
    }
  }

  /// What was gathered from logits.
  enum LogitFold {
    /// From a slice of the vocabulary.
    case vocabulary(Range<Int>)
    /// From the head of a slice.
    case head(Range<Int>)
    /// From what predictions read.
    case predictions
  }

  mutating func fold(_ partials: [(task: ProbeTask, partial: Partial)], layer: LayerSummary) {
    for index in members.indices {
      members[index].probe.fold(partials.map { ($0.task, $0.partial[index]) }, held: layer)
    }
  }
}

/// Keeps what a task gathers apart from what an `any` would make of an optional.
private struct Held<Value: Sendable>: Sendable {
  var value: Value
}

extension MeasureProbe {
  fileprivate func beginHeld(_ task: ProbeTask) -> any Sendable { Held(value: begin(task)) }

  fileprivate func see(_ stream: StreamRows, held partial: inout any Sendable) { add(&partial) { see(stream, &$0) } }

  fileprivate func see(_ pattern: PatternTile, held partial: inout any Sendable) { add(&partial) { see(pattern, &$0) } }

  fileprivate func see(_ tile: ScoreTile, held partial: inout any Sendable) { add(&partial) { see(tile, &$0) } }

  fileprivate func see(_ products: ProductRows, held partial: inout any Sendable) {
    add(&partial) { see(products, &$0) }
  }

  fileprivate func see(_ routing: RoutingRows, held partial: inout any Sendable) { add(&partial) { see(routing, &$0) } }

  fileprivate func see(_ recurrence: RecurrenceRows, held partial: inout any Sendable) {
    add(&partial) { see(recurrence, &$0) }
  }

  fileprivate func see(_ logits: LogitRows, held partial: inout any Sendable) { add(&partial) { see(logits, &$0) } }

  fileprivate func see(_ head: HeadRows, held partial: inout any Sendable) { add(&partial) { see(head, &$0) } }

  fileprivate func see(
    _ written: WrittenRows, against felt: [(head: Int, vectors: WriterVectors)], held partial: inout any Sendable
  ) {
    add(&partial) { see(written, against: felt, &$0) }
  }

  fileprivate mutating func fold(
    _ partials: [(task: ProbeTask, partial: any Sendable)], held logits: MeasureProbes.LogitFold
  ) {
    let own = partials.map { ($0.task, held($0.partial)) }
    switch logits {
    case .vocabulary(let tokens): fold(own, vocabulary: tokens)
    case .head(let tokens): fold(own, head: tokens)
    case .predictions: fold(predictions: own)
    }
  }

  private func add(_ partial: inout any Sendable, _ look: (inout Partial) -> Void) {
    var own = held(partial)
    // The one reference to what was gathered, so that it is added to where it stands.
    partial = ()
    look(&own)
    partial = Held(value: own)
  }

  fileprivate mutating func fold(_ partials: [(task: ProbeTask, partial: any Sendable)], held layer: LayerSummary) {
    fold(partials.map { ($0.task, held($0.partial)) }, layer: layer)
  }

  private func held(_ partial: any Sendable) -> Partial {
    guard let own = partial as? Held<Partial> else { preconditionFailure("what this probe began") }
    return own.value
  }
}
