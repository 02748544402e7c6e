import Architectures
import Safetensors

/// The numbers of a non-linearity that has some (``Activation/parameters``), or a change of them.
public struct ActivationNumbers: Sendable, Equatable {
  /// `alpha_p`.
  public var alphaP: Float
  /// `alpha_n`.
  public var alphaN: Float
  /// `beta`.
  public var beta: Float
  /// `eps`.
  public var epsilon: Float

  /// The numbers.
  public init(alphaP: Float, alphaN: Float, beta: Float, epsilon: Float) {
    self.alphaP = alphaP
    self.alphaN = alphaN
    self.beta = beta
    self.epsilon = epsilon
  }
}

extension Checkpoint {
  /// The numbers that a module holds.
  func numbers(of activation: Activation, _ module: String) throws(CheckpointError) -> ActivationNumbers {
    var values: [Float] = []
    for (name, shape) in activation.parameters {
      let tensor = try required("\(module).\(name)", shape: shape)
      values += try readingWeights { () throws(SafetensorsError) in try tensor.floats() }
    }
    return ActivationNumbers(alphaP: values[0], alphaN: values[1], beta: values[2], epsilon: values[3])
  }
}

extension Model {
  /// The numbers of a non-linearity that has some, which a module holds; no adapter changes them.
  /// - Throws: ``CheckpointError`` when they are missing, misshapen, NaN or infinite.
  package func parameters(of activation: Activation, _ module: String) throws(CheckpointError) -> ActivationNumbers {
    try checkpoint.numbers(of: activation, module)
  }
}

extension ActivationNumbers {
  /// New − old, nil where nothing differs.
  static func difference(_ new: ActivationNumbers, _ old: ActivationNumbers) -> ActivationNumbers? {
    func minus(_ part: KeyPath<ActivationNumbers, Float>) -> Float {
      Float(Double(new[keyPath: part]) - Double(old[keyPath: part]))
    }
    return new == old
      ? nil
      : ActivationNumbers(
        alphaP: minus(\.alphaP), alphaN: minus(\.alphaN), beta: minus(\.beta), epsilon: minus(\.epsilon))
  }
}
