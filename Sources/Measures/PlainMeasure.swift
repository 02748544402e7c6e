import Checkpoints
import ReferenceForward
import Results

/// What finds the rows of a measure from pairs of plain runs in double precision.
protocol PlainMeasure {
  /// What is found.
  associatedtype Found: MeasureRow
  /// What of each layer the runs have to keep.
  var detail: ReferenceDetail { get }
  /// Adds one prompt.
  mutating func add(_ prompt: PlainPrompt) throws(CheckpointError)
  /// The rows of single heads, or of layers, in any order.
  func rows(in regions: [String]) -> [Found]
  /// Compares what an analysis has of the measure.
  func compare(_ analysis: Analysis, regions: [String], _ ledger: inout DisagreementLedger)
}

extension PlainMeasure {
  var detail: ReferenceDetail { .operands }

  /// Compares the rows.
  func compare(_ analysis: Analysis, regions: [String], _ ledger: inout DisagreementLedger) {
    compareRows(analysis, regions: regions, &ledger)
  }

  /// Compares an analysis's rows; pooled ones follow from the others.
  func compareRows(_ analysis: Analysis, regions: [String], _ ledger: inout DisagreementLedger) {
    let expected = Dictionary(rows(in: regions).map { ($0.place, $0) }) { first, _ in first }
    for row in analysis[rows: Found.self] ?? [] where !row.place.isPooled {
      ledger.add(row, expected[row.place] ?? Found(at: row.place, count: 0))
    }
  }
}

/// The plain runs of one prompt.
package struct PlainPrompt {
  package let base: ReferenceRun
  package let adapted: ReferenceRun
  /// The adapted model with its masks.
  package let model: ReferenceModel
  package let tokens: [Int]
  /// By token.
  package let regions: [Int?]
  /// Positions whose predictions of the next token are judged; their logits are kept where losses are asked for.
  package let judged: [Int]

  /// The runs.
  package init(
    base: ReferenceRun, adapted: ReferenceRun, model: ReferenceModel, tokens: [Int], regions: [Int?], judged: [Int]
  ) {
    (self.base, self.adapted, self.model) = (base, adapted, model)
    (self.tokens, self.regions, self.judged) = (tokens, regions, judged)
  }
}

extension DisagreementLedger {
  /// Compares what a row counts and the numbers that it has.
  mutating func add<Row: MeasureRow>(_ found: Row, _ expected: Row) {
    let place = found.place.short
    if let counted = Row.form.counted {
      add("\(Row.measure).\(counted.rawValue)", Double(found.count), Double(expected.count), floor: 1, place)
    }
    for field in found.ownFields {
      guard let value = field.value(found) else { continue }
      let precision = field.precision(expected)
      add(
        field.label.isEmpty ? Row.measure : "\(Row.measure).\(field.label)", value, field.value(expected) ?? 0,
        floor: max(precision.floor, Self.smallestPart * precision.whole), place)
    }
  }
}

extension Place {
  /// The place of a row of plain runs.
  init(_ block: ReferenceBlockKey, _ regions: [String]) {
    self.init(
      layer: block.layer, head: block.head,
      .pair(query: regions[block.query], key: block.key.map { regions[$0] }))
  }
}
