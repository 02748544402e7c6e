import Results

/// Gathers the losses of the prompts and how far the predictions moved, by region.
public struct LossTable: Sums {
  private let regions: [String]
  private var prompts = PromptSums<LossSums>()
  /// By region.
  private var divergences: [DivergenceSums]

  /// An empty table.
  public init(regions: [String]) {
    self.regions = regions
    divergences = regions.map { _ in DivergenceSums() }
  }

  /// Adds a prompt.
  public mutating func add(_ loss: LossSums, divergences own: [DivergenceSums]) {
    prompts.append(loss)
    divergences.merge(own)
  }

  /// Adds the table of later prompts.
  public mutating func merge(_ later: LossTable) {
    prompts.merge(later.prompts)
    divergences.merge(later.divergences)
  }

  /// Codes all sums.
  public mutating func code(_ coder: inout SumsCoder) throws(SumsError) {
    try prompts.code(&coder)
    try divergences.code(&coder)
  }

  /// The mean losses by prompt, and the mean divergences by region.
  public func losses() -> Losses {
    let means = prompts.all.map { sums -> (base: Double, adapted: Double)? in
      sums.count == 0 ? nil : (sums.base / Double(sums.count), sums.adapted / Double(sums.count))
    }
    let rows = zip(regions, divergences).compactMap { name, sums in
      sums.count == 0
        ? nil : PredictionDivergence(region: name, predictions: sums.count, kl: sums.divergence / Double(sums.count))
    }
    return Losses(
      base: means.map { $0?.base }, adapted: means.map { $0?.adapted }, tokens: prompts.all.map(\.count),
      divergence: rows)
  }
}

/// Losses of the predictions of a prompt.
public struct LossSums: AdditiveSums, Equatable {
  /// Number of predictions.
  public var count = 0
  /// Σ of the base's losses.
  public var base = 0.0
  /// Σ of the changed model's.
  public var adapted = 0.0

  /// Nothing summed.
  public init() {}

  /// Adds the sums of other predictions.
  public static func += (left: inout LossSums, right: LossSums) {
    left.count += right.count
    left.base += right.base
    left.adapted += right.adapted
  }

  /// Codes all sums.
  public mutating func code(_ coder: inout SumsCoder) throws(SumsError) {
    try coder.code(&count)
    try coder.code(&base)
    try coder.code(&adapted)
  }
}

/// How far predictions moved.
public struct DivergenceSums: AdditiveSums, Equatable {
  /// Number of predictions.
  public var count = 0
  /// Σ KL(base ‖ changed model).
  public var divergence = 0.0

  /// Nothing summed.
  public init() {}

  /// Adds the sums of other predictions.
  public static func += (left: inout DivergenceSums, right: DivergenceSums) {
    left.count += right.count
    left.divergence += right.divergence
  }

  /// Codes all sums.
  public mutating func code(_ coder: inout SumsCoder) throws(SumsError) {
    try coder.code(&count)
    try coder.code(&divergence)
  }
}
