import Architectures
import Checkpoints
import Vocabulary

/// What stands between a projection and the attention kernel, in the order of the forward pass: norm, clip, rotary embedding, a
/// factor by position. Values have norm and clip alone.
struct OperandSteps {
  /// One operation on every token.
  enum Step {
    case norm(Norm)
    /// Within ± a bound.
    case clip(Double)
    case rotary(Rotary)
    case scale(PositionScale)
  }

  private(set) var steps: [Step] = []
  private let headDimension: Int
  private let positionIDs: [Int]?

  /// The steps of an operand.
  /// - Parameter positionIDs: By token, its position; nil where they count the tokens.
  init(_ attention: AttentionDescription, at site: Site, positionIDs: [Int]?) {
    self.positionIDs = positionIDs
    headDimension = attention.headDimension
    let norm =
      site == .q ? attention.queryNorm : site == .k ? attention.keyNorm : attention.valueNorm
    if let norm, !attention.normsAfterRotary || site == .v { steps.append(.norm(norm)) }
    if let bound = attention.clip { steps.append(.clip(bound)) }
    guard site != .v else { return }
    if let rotary = attention.rotary { steps.append(.rotary(rotary)) }
    if let norm, attention.normsAfterRotary { steps.append(.norm(norm)) }
    if site == .q, let scale = attention.queryScale { steps.append(.scale(scale)) }
  }

  /// Takes a projection's output through all steps.
  func carry(_ y: TokenVectors, of model: ReferenceModel) throws(CheckpointError) -> TokenVectors {
    var y = y
    for step in steps { y = try apply(step, to: y, of: model) }
    return y
  }

  /// One step of a run.
  func apply(_ step: Step, to y: TokenVectors, of model: ReferenceModel) throws(CheckpointError) -> TokenVectors {
    switch step {
    case .norm(let norm): return try model.normalize(y, norm)
    case .clip(let bound):
      var clipped = y
      clipped.values = y.values.map { min(max($0, -bound), bound) }
      return clipped
    case .rotary, .scale: return linear(step, y)
    }
  }

  /// A step that is linear.
  func linear(_ step: Step, _ y: TokenVectors) -> TokenVectors {
    var result = y
    switch step {
    case .rotary(let rotary): rotary.turn(&result, headDimension: headDimension, at: positionIDs)
    case .scale(let scale):
      for (row, position) in (positionIDs ?? Array(y.positions)).enumerated() {
        for index in row * y.width..<(row + 1) * y.width { result.values[index] *= scale.factor(at: position) }
      }
    case .norm, .clip: preconditionFailure("a linear step")
    }
    return result
  }
}
