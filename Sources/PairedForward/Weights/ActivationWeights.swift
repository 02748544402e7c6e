import Architectures
import Checkpoints

/// The non-linearity of a layer with its numbers, where it has some, and what adaptations change in them.
struct ActivationWeights: Sendable {
  let activation: PairedActivation
  /// Bounds on what gate and up give, where there are some.
  let clamp: PairedClamp?
  private let numbers: XIELU?
  /// By adaptation; nil where the numbers stay.
  private let changes: [ActivationNumbers?]

  /// Reads the numbers.
  init(_ mlp: MLPDescription, model: Model, adaptations: [Adaptation]) throws(CheckpointError) {
    var numbers: XIELU?
    if let module = mlp.activationModule {
      numbers = XIELU(try model.parameters(of: mlp.activation, module))
    }
    self.numbers = numbers
    clamp = mlp.clamp.map(PairedClamp.init)
    activation =
      mlp.clamp.map { PairedActivation(mlp.activation, slope: $0.slope) }
      ?? PairedActivation(mlp.activation, numbers: numbers)
    changes = adaptations.map { adaptation in mlp.activationModule.flatMap { adaptation.activations[$0] } }
  }

  /// One without numbers or bounds.
  init(_ activation: Activation) {
    self.activation = PairedActivation(activation)
    (clamp, numbers, changes) = (nil, nil, [])
  }

  /// By delta row, what its run changes in the numbers on its token; empty where no run does.
  func steps(_ stack: RowStack, _ runs: [RunState]) -> [XIELU.Step?] {
    guard let numbers, changes.contains(where: { $0 != nil }) else { return [] }
    return stack.slices.flatMap { slice in
      let run = runs[slice.run]
      return slice.own.map { own in
        changes[run.adaptation].map { numbers.step($0, mask: run.masks[nil].other[own]) }
      }
    }
  }
}
