import PairedForward
import Results
import Subjects

/// Interventions without repetition: those that leave out the same at the same places share a run, whatever they are called.
struct SharedRuns {
  /// Each once, in the order of their first appearance.
  private(set) var interventions: [Intervention] = []
  /// By run, the indices of the interventions that it serves.
  private(set) var uses: [[Int]] = []

  init(_ all: [Intervention]) {
    var known: [Intervention.Content: Int] = [:]
    for (index, intervention) in all.enumerated() {
      if let run = known[intervention.content] {
        uses[run].append(index)
      } else {
        known[intervention.content] = uses.count
        interventions.append(intervention)
        uses.append([index])
      }
    }
  }
}

extension Intervention {
  /// What it does, without what it is called.
  struct Content: Hashable {
    var dropped: [Part]
    var written: Set<WrittenPart>
    var query: String?
    var key: String?
    var layers: Set<Int>?
    var heads: Set<Knockout.Head>?
    var mask: MaskPlan?
  }

  var content: Content {
    Content(
      dropped: dropped, written: Set(written), query: query, key: key, layers: layers, heads: heads, mask: mask)
  }
}
