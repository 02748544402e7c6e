import Checkpoints
import LongRuns
import PairedForward
import Results
import Subjects

/// About how large the report of an adapter becomes, known before anything is computed.
struct ReportNeed: Sendable, Equatable {
  /// How many regions there are.
  let regions: Int
  /// How many pairs of them get rows.
  let pairs: Int
  /// How many rows the parts have that speak of each of them.
  let rows: Int
  /// Bytes of analysis.json.
  let document: Int

  /// About how many bytes of analysis.json a row takes.
  private static let blockRow = 2000
  private static let (writerRow, writer) = (200, 45)
  private static let partRows: [AnalysisPart: Int] = [.attention: 700, .sources: 710, .mass: 270, .values: 420]

  /// Bytes of memory while the report is formed: rows and the texts of its files.
  var memory: Int { 3 * document }

  /// What an adapter's report needs.
  /// - Parameter writers: How many write to the stream.
  init(_ subject: Subject, layers: [Int], parts: Set<AnalysisPart>, writers count: Int) {
    regions = subject.file.regionNames.count
    pairs = subject.reportedPairs
    rows = pairs * layers.reduce(1) { $0 + $1 + 1 }
    // Two terms, and on the average half of the writers.
    let writers = parts.contains(.writers) ? 2 * (Self.writerRow + Self.writer * (count / 2 + 3)) : 0
    document = rows * parts.reduce(Self.blockRow + writers) { $0 + (Self.partRows[$1] ?? 0) }
  }

  /// Refuses a report that nothing could read again.
  func check() throws(LimitError) {
    if document > DocumentSize.limit { throw .tooManyRegions(refusal) }
  }

  /// One paragraph: what was found, what is allowed, what to do.
  var refusal: String {
    """
    The prompts name \(regions) regions, so the report would tell \(pairs) pairs of them, \(rows) rows in all, in an \
    analysis.json of about \(ByteCount(document)); at most \(ByteCount(DocumentSize.limit)) are read again. Give fewer regions: turns \
    of one role may share a name, and then share their rows, and tokens in no region have none. --parts none has fewer numbers a row, \
    and heads as writers make many.
    """
  }
}

extension Subject {
  /// How many pairs of regions a report has rows of: those of which a prompt has a query behind a key; of more than eight regions
  /// only those in which a query stands where its model can differ from the base's, since other pairs are folded.
  fileprivate var reportedPairs: Int {
    let count = file.regionNames.count
    let isFolded = count > Analysis.mostUnfoldedRegions
    var isReported = Array(repeating: false, count: count * count)
    for prompt in prompts {
      let from = isFolded ? prompt.mask.firstChange ?? .max : 0
      let present = prompt.regions.runs.enumerated().compactMap { region, runs in
        runs.last.map { (region: region, first: runs[0].lowerBound, last: $0.upperBound - 1) }
      }
      for query in present where query.last >= from {
        for key in present where key.first <= query.last { isReported[query.region * count + key.region] = true }
      }
    }
    return isReported.count { $0 }
  }
}

extension ResolvedMask {
  /// The first token at which any change acts; nil where none does.
  fileprivate var firstChange: Int? {
    let all = [mask.general] + mask.sites.values
    return all.compactMap { mask in mask.lowRank.indices.first { mask.lowRank[$0] > 0 || mask.other[$0] > 0 } }.min()
  }
}
