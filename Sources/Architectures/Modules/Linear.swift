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
  /// Where files may hold the weight instead: among those of all experts in one tensor.
  public var stack: WeightStack?

  /// A linear layer.
  public init(_ module: String, inputs: Int, outputs: Int, hasBias: Bool = false, isTransposed: Bool = false) {
    self.module = module
    self.inputs = inputs
    self.outputs = outputs
    self.hasBias = hasBias
    self.isTransposed = isTransposed
  }
}

/// Rows of one matrix in a tensor that holds those of all experts one after the other, (experts, rows, inputs).
public struct WeightStack: Sendable, Hashable {
  /// The tensor's name.
  public var tensor: String
  /// Which expert's matrix.
  public var expert: Int
  /// Number of experts.
  public var experts: Int
  /// Rows of each matrix.
  public var height: Int
  /// Its first row that belongs to the linear layer.
  public var firstRow: Int

  /// A place in a tensor.
  public init(_ tensor: String, expert: Int, of experts: Int, height: Int, firstRow: Int = 0) {
    self.tensor = tensor
    self.expert = expert
    self.experts = experts
    self.height = height
    self.firstRow = firstRow
  }
}
