import Attribution
import Checkpoints
import PairedForward
import ReferenceForward
import Results

/// What heads of linear attention read from their states.
enum RecurrenceMeasure: Measure {
  /// By layer and head that has a state.
  typealias Table = TokenTable<Int, PartSums>

  static func empty(_ shape: AnalysisShape, regions: [[String]]) -> [Table] {
    regions.map { Table(regions: $0, columns: shape.layers.map { Array(0..<$0.stateHeads) }) }
  }

  static func probe(_ setting: MeasureSetting, _ sums: [Table]) -> RecurrenceProbe { RecurrenceProbe(setting, sums) }

  static func rows(_ sums: [Table], run: Int, regions: [String]) -> [RecurrenceChange] {
    sums[run].rows { layer, head, region, count, own in
      var row = RecurrenceChange(at: Place(layer: layer, head: head, .state(region)), count: count)
      row.delta = own.rms(count: count)
      (row.dSQ, row.SdQ) = (own.part(0, count: count), own.part(1, count: count))
      row.dSdQ = own.part(2, count: count)
      return row
    }
  }

  static func plain(at weight: Double) -> ReferenceMemory { ReferenceMemory(at: weight) }
}

/// Gathers the terms of what is read, by head and region, for every run.
struct RecurrenceProbe: MeasureProbe {
  private let setting: MeasureSetting
  private(set) var gathered: [RecurrenceMeasure.Table]

  /// A probe that adds to some tables.
  init(_ setting: MeasureSetting, _ tables: [RecurrenceMeasure.Table]) { (self.setting, gathered) = (setting, tables) }

  /// Run, head and sums by region of what one task showed.
  typealias Partial = [(run: Int, head: Int, sums: [PartSums])]

  var needs: ProbeNeeds { .recurrence }

  func begin(_ task: ProbeTask) -> Partial { [] }

  func see(_ recurrence: RecurrenceRows, _ partial: inout Partial) {
    guard recurrence.run < setting.maps.count else { return }
    let map = setting.maps[recurrence.run][recurrence.prompt]
    var sums = Array(repeating: PartSums(), count: gathered[recurrence.run].regionCount)
    let terms = recurrence.terms
    for row in 0..<terms[0].rows {
      guard let region = map.regionOfToken[recurrence.first + row] else { continue }
      sums[region].add(terms[0][row], terms[1][row], terms[2][row], terms[0].columns, at: setting.reference)
    }
    partial.append((recurrence.run, recurrence.head, sums))
  }

  mutating func fold(_ partials: [(task: ProbeTask, partial: Partial)], layer: LayerSummary) {
    for own in partials.flatMap(\.partial) { gathered[own.run].add(layer: layer.layer, own.head, own.sums) }
    guard layer.layer == 0 else { return }
    for run in gathered.indices { for prompt in layer.prompts { gathered[run].count(setting.maps[run][prompt]) } }
  }
}

extension ReferenceMemory: PlainMeasure {
  var detail: ReferenceDetail { .all }

  mutating func add(_ prompt: PlainPrompt) throws(CheckpointError) {
    add(base: prompt.base, adapted: prompt.adapted, regions: prompt.regions)
  }

  func rows(in regions: [String]) -> [RecurrenceChange] {
    rows.map { key, sums in
      let place = Place(layer: key.layer, head: key.head, .state(regions[key.region]))
      var row = RecurrenceChange(at: place, count: sums.count)
      row.delta = sums.delta
      let parts = sums.terms.map { PartSize(rms: $0.rms, share: $0.share) }
      (row.dSQ, row.SdQ, row.dSdQ) = (parts[0], parts[1], parts[2])
      return row
    }
  }
}
