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
  /// Paths of the modules whose ``gainName`` tensors, one after the other, are the gain. Usually one; per head where a
  /// family keeps a module a head. Empty when the norm has no gain.
  public var modules: [String]
  /// The last part of the name of each module's tensor.
  public var gainName = "weight"
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
}
