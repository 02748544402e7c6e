import StrictJSON

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

  /// The last part of its path.
  public var name: String { module.components.last ?? "" }

  /// A linear layer.
  public init(_ module: String, inputs: Int, outputs: Int, hasBias: Bool = false, isTransposed: Bool = false) {
    self.module = module
    self.inputs = inputs
    self.outputs = outputs
    self.hasBias = hasBias
    self.isTransposed = isTransposed
  }
}

/// Rows of one matrix in a tensor that holds those of all experts one after the other, (experts, rows, inputs), or
/// (experts, inputs, rows).
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
  /// Distance between two of the rows: 2 where those of two layers take turns.
  public var rowStep = 1
  /// Whether the tensor is (experts, inputs, rows).
  public var isTransposed = false
  /// A tensor of the biases of all experts, (experts, rows), where they stand in one.
  public var bias: String?

  /// A place in a tensor.
  public init(_ tensor: String, expert: Int, of experts: Int, height: Int, firstRow: Int = 0) {
    self.tensor = tensor
    self.expert = expert
    self.experts = experts
    self.height = height
    self.firstRow = firstRow
  }

  /// The row of the matrix that is a row of the linear layer.
  public func row(_ own: Int) -> Int { firstRow + own * rowStep }
}
