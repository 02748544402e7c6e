/// How a product of a layer changes on the tokens of a region: a row of `products` in analysis.json.
///
/// For a projection the parts are dW·x, W·dx and dW·dx, before bias, norm and rotary embedding; a mask multiplies those with
/// dW. For act(gate) × up they are dG·U, G·dU and dG·dU, with G the activated gate.
public struct ProductChange: Sendable, Equatable {
  /// Where in a layer.
  public enum Site: String, Sendable, CaseIterable, Codable {
    /// x → query.
    case q
    /// x → key.
    case k
    /// x → value.
    case v
    /// The heads' outputs → the stream.
    case o
    /// x → the MLP's gate.
    case gate
    /// x → the MLP's inner width.
    case up
    /// act(gate) × up.
    case gateUp
    /// The MLP's inner width → the stream.
    case down

    /// The names of the parts in analysis.json: what changed first, what changed second, both.
    public var partNames: [String] { self == .gateUp ? ["dGU", "GdU", "dGdU"] : ["dWx", "Wdx", "dWdx"] }
  }

  /// The layer.
  public var layer: Int
  /// Where in the layer.
  public var site: Site
  /// Region of the tokens.
  public var region: String
  /// Number of tokens; those without a change count.
  public var tokens: Int
  /// √ of the mean squared norm of the change.
  public var delta: Double
  /// dW·x, or dG·U.
  public var first: PartSize
  /// W·dx, or G·dU.
  public var second: PartSize
  /// dW·dx, or dG·dU.
  public var both: PartSize

  /// A row from its parts.
  public init(
    layer: Int, site: Site, region: String, tokens: Int, delta: Double, first: PartSize, second: PartSize,
    both: PartSize
  ) {
    self.layer = layer
    self.site = site
    self.region = region
    self.tokens = tokens
    self.delta = delta
    self.first = first
    self.second = second
    self.both = both
  }

  /// The parts in the order of ``Site/partNames``.
  public var parts: [PartSize] { [first, second, both] }
}
