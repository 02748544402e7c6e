import LinearAlgebra

/// What looks on while a pass runs: read-only, it takes no part.
///
/// The work of a layer is cut into tasks that run side by side. For each of them the engine makes one `Partial` by
/// ``begin(_:)``, hands it what the task shows, and gives all of them back in a fixed order by ``fold(_:layer:)`` when the
/// layer is done. So a probe needs no locks, and what it gathers does not depend on the threads. Views that are handed over
/// are valid during the call only.
///
/// Runs are numbered as in the list that the pass was given. Forks show their logits alone.
public protocol Probe: Sendable {
  /// What one task gathers.
  associatedtype Partial: Sendable
  /// What the probe wants to see. It may not change during a pass.
  var needs: ProbeNeeds { get }
  /// An empty partial for a task.
  func begin(_ task: ProbeTask) -> Partial
  /// The residual stream of one prompt.
  func see(_ stream: StreamRows, _ partial: inout Partial)
  /// The base's pattern of some queries of one head.
  func see(_ pattern: PatternTile, _ partial: inout Partial)
  /// Scores of some queries of one head with all their keys.
  func see(_ tile: ScoreTile, _ partial: inout Partial)
  /// The parts of a projection's change on some rows.
  func see(_ products: ProductRows, _ partial: inout Partial)
  /// What a mixture of experts does to some rows.
  func see(_ routing: RoutingRows, _ partial: inout Partial)
  /// What a head of linear attention reads from its state.
  func see(_ recurrence: RecurrenceRows, _ partial: inout Partial)
  /// Logits of some predictions over a slice of the vocabulary.
  func see(_ logits: LogitRows, _ partial: inout Partial)
  /// All that was written to the stream's change, to one reader of it, on some tokens of one run.
  /// - Parameter attention: What was gathered of the prompt in that layer's attention, by head and block.
  func see(_ written: WrittenRows, after attention: [(task: ProbeTask, partial: Partial)], _ partial: inout Partial)
  /// Logits of predictions that are split by writers, once all logits were shown.
  func see(_ head: HeadRows, _ partial: inout Partial)
  /// Takes in what the tasks of a layer gathered, in the order of ``ProbeTask``: streams by prompt, rows by piece, heads by
  /// prompt, head and block, readers by prompt and position.
  mutating func fold(_ partials: [(task: ProbeTask, partial: Partial)], layer: LayerSummary)
  /// Takes in what was gathered from the logits of a slice of the vocabulary.
  mutating func fold(_ partials: [(task: ProbeTask, partial: Partial)], vocabulary: Range<Int>)
  /// Takes in what was gathered from the head of a slice of the vocabulary.
  mutating func fold(_ partials: [(task: ProbeTask, partial: Partial)], head vocabulary: Range<Int>)
  /// Takes in what was gathered from what the predictions read.
  mutating func fold(predictions partials: [(task: ProbeTask, partial: Partial)])
}

extension Probe {
  /// Nothing is done with a stream.
  public func see(_ stream: StreamRows, _ partial: inout Partial) {}
  /// Nothing is done with patterns.
  public func see(_ pattern: PatternTile, _ partial: inout Partial) {}
  /// Nothing is done with scores.
  public func see(_ tile: ScoreTile, _ partial: inout Partial) {}
  /// Nothing is done with projections.
  public func see(_ products: ProductRows, _ partial: inout Partial) {}
  /// Nothing is done with a mixture.
  public func see(_ routing: RoutingRows, _ partial: inout Partial) {}
  /// Nothing is done with linear attention.
  public func see(_ recurrence: RecurrenceRows, _ partial: inout Partial) {}
  /// Nothing is done with logits.
  public func see(_ logits: LogitRows, _ partial: inout Partial) {}
  /// Nothing is done with what was written.
  public func see(
    _ written: WrittenRows, after attention: [(task: ProbeTask, partial: Partial)], _ partial: inout Partial
  ) {}
  /// Nothing is done with the head.
  public func see(_ head: HeadRows, _ partial: inout Partial) {}
  /// Nothing is done with a layer.
  public mutating func fold(_ partials: [(task: ProbeTask, partial: Partial)], layer: LayerSummary) {}
  /// Nothing is done with logits.
  public mutating func fold(_ partials: [(task: ProbeTask, partial: Partial)], vocabulary: Range<Int>) {}
  /// Nothing is done with the head.
  public mutating func fold(_ partials: [(task: ProbeTask, partial: Partial)], head vocabulary: Range<Int>) {}
  /// Nothing is done with what predictions read.
  public mutating func fold(predictions partials: [(task: ProbeTask, partial: Partial)]) {}
}

/// What a task of the pass is about.
public enum ProbeTask: Sendable, Equatable {
  /// The stream of one prompt entering a layer.
  case stream(layer: Int, prompt: Int)
  /// Rows on their way to queries, keys and values.
  case projection(layer: Int, piece: Int)
  /// A block of consecutive queries of one head of one prompt.
  case attention(layer: Int, prompt: Int, head: Int, block: Int)
  /// A part of a layer's recurrence over one prompt.
  case recurrence(layer: Int, prompt: Int, part: Int)
  /// Tokens of a prompt in the convolution of a layer's recurrence.
  case convolution(layer: Int, prompt: Int, positions: Range<Int>)
  /// Tokens of a prompt as a layer's attention reads what was written there.
  case reading(layer: Int, prompt: Int, positions: Range<Int>)
  /// Rows on their way through output projection and MLP.
  case output(layer: Int, piece: Int)
  /// Predictions of one prompt.
  case logits(prompt: Int, positions: Range<Int>)
  /// Predictions of one prompt that are split by writers.
  case head(prompt: Int, positions: Range<Int>)
  /// The tokens of such predictions, as the head reads what was written there.
  case predictions(prompt: Int, positions: Range<Int>)
}

/// What is known about a layer when it is done for a batch.
public struct LayerSummary: Sendable {
  /// The layer.
  public let layer: Int
  /// Indices of the batch's prompts.
  public let prompts: [Int]
  /// The engine's own flags of what can differ, by run and by place in `prompts`; those of a fork are its origin's.
  public let reaches: [[ChangeReach.Layer]]
}

/// Two probes that look on side by side.
public struct ProbePair<First: Probe, Second: Probe>: Probe {
  /// The one.
  public var first: First
  /// The other.
  public var second: Second

  /// A pair.
  public init(_ first: First, _ second: Second) {
    self.first = first
    self.second = second
  }

  /// What both gather in a task.
  public struct Partial: Sendable {
    var first: First.Partial
    var second: Second.Partial
  }

  /// What either needs.
  public var needs: ProbeNeeds { first.needs.union(second.needs) }

  /// Both partials.
  public func begin(_ task: ProbeTask) -> Partial { Partial(first: first.begin(task), second: second.begin(task)) }

  /// Shows both the stream.
  public func see(_ stream: StreamRows, _ partial: inout Partial) {
    if first.needs.contains(.stream) { first.see(stream, &partial.first) }
    if second.needs.contains(.stream) { second.see(stream, &partial.second) }
  }

  /// Shows both the pattern.
  public func see(_ pattern: PatternTile, _ partial: inout Partial) {
    if first.needs.contains(.pattern) { first.see(pattern, &partial.first) }
    if second.needs.contains(.pattern) { second.see(pattern, &partial.second) }
  }

  /// Shows both the scores.
  public func see(_ tile: ScoreTile, _ partial: inout Partial) {
    if first.needs.hasTiles { first.see(tile, &partial.first) }
    if second.needs.hasTiles { second.see(tile, &partial.second) }
  }

  /// Shows both the parts of a projection.
  public func see(_ products: ProductRows, _ partial: inout Partial) {
    if first.needs.contains(.projections) { first.see(products, &partial.first) }
    if second.needs.contains(.projections) { second.see(products, &partial.second) }
  }

  /// Shows both a mixture.
  public func see(_ routing: RoutingRows, _ partial: inout Partial) {
    if first.needs.contains(.routing) { first.see(routing, &partial.first) }
    if second.needs.contains(.routing) { second.see(routing, &partial.second) }
  }

  /// Shows both what linear attention reads.
  public func see(_ recurrence: RecurrenceRows, _ partial: inout Partial) {
    if first.needs.contains(.recurrence) { first.see(recurrence, &partial.first) }
    if second.needs.contains(.recurrence) { second.see(recurrence, &partial.second) }
  }

  /// Shows both the logits.
  public func see(_ logits: LogitRows, _ partial: inout Partial) {
    if first.needs.contains(.logits) { first.see(logits, &partial.first) }
    if second.needs.contains(.logits) { second.see(logits, &partial.second) }
  }

  /// Shows both what was written.
  public func see(
    _ written: WrittenRows, after attention: [(task: ProbeTask, partial: Partial)], _ partial: inout Partial
  ) {
    if first.needs.contains(.writers) {
      first.see(written, after: attention.map { ($0.task, $0.partial.first) }, &partial.first)
    }
    if second.needs.contains(.writers) {
      second.see(written, after: attention.map { ($0.task, $0.partial.second) }, &partial.second)
    }
  }

  /// Shows both the head.
  public func see(_ head: HeadRows, _ partial: inout Partial) {
    if first.needs.contains(.writers) { first.see(head, &partial.first) }
    if second.needs.contains(.writers) { second.see(head, &partial.second) }
  }

  /// Gives both theirs back.
  public mutating func fold(_ partials: [(task: ProbeTask, partial: Partial)], head vocabulary: Range<Int>) {
    first.fold(partials.map { ($0.task, $0.partial.first) }, head: vocabulary)
    second.fold(partials.map { ($0.task, $0.partial.second) }, head: vocabulary)
  }

  /// Gives both theirs back.
  public mutating func fold(predictions partials: [(task: ProbeTask, partial: Partial)]) {
    first.fold(predictions: partials.map { ($0.task, $0.partial.first) })
    second.fold(predictions: partials.map { ($0.task, $0.partial.second) })
  }

  /// Gives both theirs back.
  public mutating func fold(_ partials: [(task: ProbeTask, partial: Partial)], layer: LayerSummary) {
    first.fold(partials.map { ($0.task, $0.partial.first) }, layer: layer)
    second.fold(partials.map { ($0.task, $0.partial.second) }, layer: layer)
  }

  /// Gives both theirs back.
  public mutating func fold(_ partials: [(task: ProbeTask, partial: Partial)], vocabulary: Range<Int>) {
    first.fold(partials.map { ($0.task, $0.partial.first) }, vocabulary: vocabulary)
    second.fold(partials.map { ($0.task, $0.partial.second) }, vocabulary: vocabulary)
  }
}
