import Architectures
import Attribution
import PairedForward
import Results

/// A measure at work: what it looks on with, what that is summed up in, how sums become rows, and what finds the same rows from plain
/// runs in double precision (docs/architecture.md, A measure).
protocol Measure: Sendable {
  /// What a report has of it.
  associatedtype Row: MeasureRow
  /// What looks on.
  associatedtype Watching: MeasureProbe
  /// What finds the same rows from plain runs.
  associatedtype Plain: PlainMeasure where Plain.Found == Row

  /// Whether it also looks at random changes; at adapters alone otherwise.
  static var coversNulls: Bool { get }
  /// Sums over no prompt.
  /// - Parameter regions: By run that is looked at, the names of its regions.
  static func empty(_ shape: AnalysisShape, regions: [[String]]) -> Watching.Gathered
  /// What looks on, and adds to some sums.
  static func probe(_ setting: MeasureSetting, _ sums: Watching.Gathered) -> Watching
  /// The rows of a run.
  static func rows(_ sums: Watching.Gathered, run: Int, regions: [String]) -> [Row]
  /// What an analysis has of a run besides rows.
  static func complete(_ analysis: inout Analysis, _ sums: Watching.Gathered, run: Int)
  /// Nothing yet, of plain runs.
  /// - Parameter weight: How far on the way from base to adapted model operands are taken.
  static func plain(at weight: Double) -> Plain
  /// The same for what an analysis has.
  static func plain(for analysis: Analysis) -> Plain
}

extension Measure {
  static func plain(for analysis: Analysis) -> Plain { plain(at: analysis.reference.weight) }
  static var coversNulls: Bool { false }
  static func complete(_ analysis: inout Analysis, _ sums: Watching.Gathered, run: Int) {}
}

/// A probe of a measure.
protocol MeasureProbe: Probe {
  /// What it gathers, for all runs that it looks at.
  associatedtype Gathered: Sums
  /// What was gathered.
  var gathered: Gathered { get }
  /// Whether terms are shown to it where the analysis takes them, and not as they are from the base.
  var takesReference: Bool { get }
  /// Takes in what was written to the stream's change, as one reader has it.
  /// - Parameter felt: What the divergence of the reader's attention is taken against, by head and run.
  func see(_ written: WrittenRows, against felt: [(head: Int, vectors: WriterVectors)], _ partial: inout Partial)
}

extension MeasureProbe {
  var takesReference: Bool { true }
  func see(_ written: WrittenRows, against felt: [(head: Int, vectors: WriterVectors)], _ partial: inout Partial) {}
}

/// What the probes of a pass are made for.
package struct MeasureSetting {
  /// The model.
  package let description: ModelDescription
  /// By prompt.
  package let tokens: [[Int]]
  /// By run that is looked at and prompt, where the regions are.
  package var maps: [[RegionMap]]
  /// Where terms are taken.
  package let reference: ReferencePoint
  /// How many runs are adapters; those behind them are random changes.
  package let subjects: Int
  /// Whether somebody asks who wrote what attention felt.
  package let asksForWriters: Bool
  /// By adapter and prompt, the positions whose predictions are judged; empty where no losses are asked for.
  package var judged: [[[Int]]] = []

  /// Without losses.
  package init(
    description: ModelDescription, tokens: [[Int]], maps: [[RegionMap]], reference: ReferencePoint, subjects: Int,
    asksForWriters: Bool
  ) {
    (self.description, self.tokens, self.maps) = (description, tokens, maps)
    (self.reference, self.subjects, self.asksForWriters) = (reference, subjects, asksForWriters)
  }

  /// The same with the runs that a measure looks at.
  func of(_ measure: any Measure.Type) -> MeasureSetting {
    var own = self
    if !measure.coversNulls { own.maps = Array(maps.prefix(subjects)) }
    return own
  }
}
