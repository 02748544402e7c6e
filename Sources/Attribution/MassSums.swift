import Results

/// Sums over the queries of a block from which attention mass follows.
public struct MassSums: AdditiveSums, Equatable {
  /// Σ_{j∈b} p_ij.
  public var base = 0.0
  /// The change of that sum under all terms.
  public var change = 0.0
  /// The change under dKᵀQ alone.
  public var byKeyAlone = 0.0
  /// The change under KᵀdQ alone.
  public var byQueryAlone = 0.0
  /// ½Σ_{j∈b} |p′_ij − p_ij|.
  public var moved = 0.0
  /// The part of the change that a trained sink's logit makes.
  public var bySink = 0.0
  /// Queries whose sink has another logit.
  public var trainedSinks = 0

  /// Nothing summed.
  public init() {}

  /// Adds the sums of other queries.
  public static func += (left: inout MassSums, right: MassSums) {
    left.base += right.base
    left.change += right.change
    left.byKeyAlone += right.byKeyAlone
    left.byQueryAlone += right.byQueryAlone
    left.moved += right.moved
    left.bySink += right.bySink
    left.trainedSinks += right.trainedSinks
  }

  /// Codes all sums.
  public mutating func code(_ coder: inout SumsCoder) throws(SumsError) {
    try coder.code(&base)
    try coder.code(&change)
    try coder.code(&byKeyAlone)
    try coder.code(&byQueryAlone)
    try coder.code(&moved)
    try coder.code(&bySink)
    try coder.code(&trainedSinks)
  }

  /// The row: means over the queries, and the change but for a sink's part split between keys and queries as Shapley values,
  /// φ_K = ½[m(dKᵀQ) − m(∅) + m(all) − m(KᵀdQ)] and φ_Q likewise.
  public func row(_ place: RegionTable<MassSums>.Place, regions: [String]) -> AttentionMass {
    let count = Double(max(place.queries, 1))
    let split = change - bySink
    var row = AttentionMass(at: Place(place, regions: regions), count: place.queries)
    (row.base, row.adapted, row.moved) = (base / count, (base + change) / count, moved / count)
    row.byKey = (byKeyAlone + split - byQueryAlone) / 2 / count
    row.byQuery = (byQueryAlone + split - byKeyAlone) / 2 / count
    if trainedSinks > 0 { row.bySink = bySink / count }
    return row
  }
}
