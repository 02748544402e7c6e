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

/// Rows of a linear layer's output in blocks of equal length at equal distance:
/// block b is start + b·stride ..< start + b·stride + length.
public struct RowSelection: Sendable, Hashable {
  /// First row of the first block.
  public var start: Int
  /// Rows in a block.
  public var length: Int
  /// Distance between the first rows of two blocks.
  public var stride: Int
  /// Number of blocks.
  public var blocks: Int

  /// A selection of blocks.
  public init(start: Int, length: Int, stride: Int, blocks: Int) {
    self.start = start
    self.length = length
    self.stride = stride
    self.blocks = blocks
  }

  /// A run of rows.
  public init(_ range: Range<Int>) {
    self.init(start: range.lowerBound, length: range.count, stride: range.count, blocks: 1)
  }

  /// Number of selected rows.
  public var count: Int { length * blocks }

  /// The runs of rows in order.
  public var runs: [Range<Int>] {
    (0..<blocks).map { start + $0 * stride..<start + $0 * stride + length }
  }
}

/// Some output rows of a linear layer: all of `q_proj`, or the query rows of a fused `query_key_value`.
public struct Projection: Sendable, Hashable {
  /// The layer whose rows these are.
  public var linear: Linear
  /// Which rows, in the order the projection has them.
  public var rows: RowSelection

  /// All rows of a layer.
  public init(_ linear: Linear) {
    self.linear = linear
    self.rows = RowSelection(0..<linear.outputs)
  }

  /// Some rows of a fused layer.
  public init(_ linear: Linear, rows: RowSelection) {
    self.linear = linear
    self.rows = rows
  }
}

/// A table of vectors.
public struct Embedding: Sendable, Hashable {
  /// Path of the module; its tensor is `module.weight` of shape (rows, columns).
  public var module: String
  /// Number of vectors.
  public var rows: Int
  /// Width of a vector.
  public var columns: Int

  /// A table.
  public init(_ module: String, rows: Int, columns: Int) {
    self.module = module
    self.rows = rows
    self.columns = columns
  }
}

/// A norm over consecutive groups of `width` features: y = g·x/√(mean x² + ε), after subtracting the mean and plus a
/// bias for a layer norm.
public struct Norm: Sendable, Hashable {
  /// Root mean square, or mean and variance.
  public enum Kind: Sendable, Hashable {
    /// No mean is subtracted and there is no bias.
    case rootMeanSquare
    /// The mean is subtracted; there may be a bias.
    case layer
  }
  /// Which statistics.
  public var kind: Kind
  /// Paths of the modules whose `weight` tensors, one after the other, are the gain. Usually one; per head where a
  /// family keeps a module a head. Empty when the norm has no gain.
  public var modules: [String]
  /// Shape of each module's tensor.
  public var shape: [Int]
  /// Features normalised together. The gain's length may be a multiple: then it runs on over the following groups.
  public var width: Int
  /// ε.
  public var epsilon: Double
  /// Whether the file holds g − 1, as Gemma's does.
  public var storesGainMinusOne: Bool
  /// Whether there is a bias of the same shape.
  public var hasBias: Bool

  /// A norm; by default with one module of shape (width).
  public init(
    _ kind: Kind, modules: [String], width: Int, epsilon: Double, shape: [Int]? = nil,
    storesGainMinusOne: Bool = false, hasBias: Bool = false
  ) {
    self.kind = kind
    self.modules = modules
    self.shape = shape ?? [width]
    self.width = width
    self.epsilon = epsilon
    self.storesGainMinusOne = storesGainMinusOne
    self.hasBias = hasBias
  }

  /// Length of the whole gain; 0 without one.
  public var gainLength: Int { modules.count * shape.reduce(1, *) }
}
