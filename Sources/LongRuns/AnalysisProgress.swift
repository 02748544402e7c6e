/// How far an analysis is.
public struct AnalysisProgress: Sendable, Equatable {
  /// What it is doing.
  public enum Stage: String, Sendable {
    /// Opening the folders and the prompts.
    case loading = "reading"
    /// Passes that find how random changes are to be scaled.
    case matching = "scaling random changes"
    /// The paired pass.
    case analyzing = "analyzing"
    /// The pass of interventions.
    case intervening = "intervening"
    /// The double-precision check.
    case verifying = "verifying"
  }
  /// What it is doing.
  public var stage: Stage
  /// Part done, from 0 to 1.
  public var fraction: Double

  /// How far something is.
  package init(stage: Stage, fraction: Double) {
    self.stage = stage
    self.fraction = fraction
  }
}
