/// A norm over consecutive groups of `width` features: y = g·x/√(mean x² + ε), after subtracting the mean and plus a
/// bias for a layer norm.
package struct Norm: Sendable, Hashable {
  /// Root mean square, or mean and variance.
  package enum Kind: Sendable, Hashable {
    /// No mean is subtracted and there is no bias.
    case rootMeanSquare
    /// The mean is subtracted; there may be a bias.
    case layer
  }
  /// Which statistics.
  package var kind: Kind
  /// Paths of the modules whose ``gainName`` tensors, one after the other, are the gain. Usually one; per head where a
  /// family keeps a module a head. Empty when the norm has no gain.
  package var modules: [String]
  /// The last part of the name of each module's tensor.
  package var gainName = "weight"
  /// Shape of each module's tensor.
  package var shape: [Int]
  /// Features normalised together. The gain's length may be a multiple: then it runs on over the following groups.
  package var width: Int
  /// ε.
  package var epsilon: Double
  /// Whether the file holds g − 1, as Gemma's does.
  package var storesGainMinusOne: Bool
  /// Whether there is a bias of the same shape.
  package var hasBias: Bool

  /// A norm; by default with one module of shape (width).
  package init(
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
