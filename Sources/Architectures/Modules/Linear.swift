import StrictJSON

/// A weight matrix with an optional bias, y = Wx + b, as one module of the model.
package struct Linear: Sendable, Hashable {
  /// Path of the module; its tensors are `module.weight` and `module.bias`.
  package var module: String
  /// Width of x.
  package var inputs: Int
  /// Width of y.
  package var outputs: Int
  /// Whether there is a bias.
  package var hasBias: Bool
  /// Whether the file holds (inputs, outputs), as the Conv1D of GPT-2 does, instead of (outputs, inputs).
  package var isTransposed: Bool
  /// Where files may hold the weight instead: among those of all experts in one tensor.
  package var stack: WeightStack?

  /// The last part of its path.
  package var name: String { module.components.last ?? "" }

  /// A linear layer.
  package init(_ module: String, inputs: Int, outputs: Int, hasBias: Bool = false, isTransposed: Bool = false) {
    self.module = module
    self.inputs = inputs
    self.outputs = outputs
    self.hasBias = hasBias
    self.isTransposed = isTransposed
  }
}

/// Rows of one matrix in a tensor that holds those of all experts one after the other, (experts, rows, inputs), or
/// (experts, inputs, rows).
package struct WeightStack: Sendable, Hashable {
  /// The tensor's name.
  package var tensor: String
  /// Which expert's matrix.
  package var expert: Int
  /// Number of experts.
  package var experts: Int
  /// Rows of each matrix.
  package var height: Int
  /// Its first row that belongs to the linear layer.
  package var firstRow: Int
  /// Distance between two of the rows: 2 where those of two layers take turns.
  package var rowStep = 1
  /// Whether the tensor is (experts, inputs, rows).
  package var isTransposed = false
  /// A tensor of the biases of all experts, (experts, rows), where they stand in one.
  package var bias: String?

  /// A place in a tensor.
  package init(_ tensor: String, expert: Int, of experts: Int, height: Int, firstRow: Int = 0) {
    self.tensor = tensor
    self.expert = expert
    self.experts = experts
    self.height = height
    self.firstRow = firstRow
  }

  /// The row of the matrix that is a row of the linear layer.
  package func row(_ own: Int) -> Int { firstRow + own * rowStep }
}
