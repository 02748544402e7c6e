/// A weight matrix with an optional bias, y = Wx + b, as one module of the model.
public struct Linear: Sendable, Hashable {
  /// Path of the module; its tensors are `module.weight` and `module.bias`.
  public var module: String
  /// Width of x.
  public var inputs: Int
  /// Width of y.
  public var outputs: Int
  /// Whether there is a bias.
  public var hasBias: Bool
  /// Whether the file holds (inputs, outputs), as the Conv1D of GPT-2 does, instead of (outputs, inputs).
  public var isTransposed: Bool

  /// A linear layer.
  public init(_ module: String, inputs: Int, outputs: Int, hasBias: Bool = false, isTransposed: Bool = false) {
    self.module = module
    self.inputs = inputs
    self.outputs = outputs
    self.hasBias = hasBias
    self.isTransposed = isTransposed
  }
}
