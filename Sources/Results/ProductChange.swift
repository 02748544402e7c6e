/// How a product of a layer changes on the tokens of a region: a row of `products` in analysis.json.
///
/// For a projection the parts are dW·x, W·dx and dW·dx, before bias, norm and rotary embedding; a mask multiplies those with
/// dW. For act(gate) × up they are dG·U, G·dU and dG·dU, with G the activated gate.
public struct ProductChange: RegionRow {
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
    /// σ(g) ⊙ z: a gate on the heads' outputs.
    case gateZ
    /// A projection of linear attention.
    case inQueryKeyValue = "in_proj_qkv"
    /// A projection of linear attention, to the gate of its output.
    case inGate = "in_proj_z"
    /// A projection of linear attention, to how much is written.
    case inStrength = "in_proj_b"
    /// A projection of linear attention, to how much is forgotten.
    case inDecay = "in_proj_a"
    /// Queries, keys, values and gates in one projection of linear attention.
    case inQueryKeyValueGate = "in_proj_qkvz"
    /// How much is written and forgotten in one projection of linear attention.
    case inStrengthDecay = "in_proj_ba"
    /// Into a gated convolution.
    case inConvolution = "in_proj"
    /// Of linear attention or a gated convolution → the stream.
    case out = "out_proj"
    /// The convolution of linear attention over queries, keys and values.
    case convolution = "conv1d"
    /// The convolution that is gated.
    case gatedConvolution = "conv"

    /// The names of the parts in analysis.json: what changed first, what changed second, both.
    public var partNames: [String] {
      switch self {
      case .gateUp: ["dGU", "GdU", "dGdU"]
      case .gateZ: ["dGZ", "GdZ", "dGdZ"]
      default: ["dWx", "Wdx", "dWdx"]
      }
    }
  }

  /// Where it stands.
  public var place: Place
  /// Number of tokens; those without a change count.
  public var count: Int
  /// √ of the mean squared norm of the change.
  public var delta = 0.0
  /// dW·x, or dG·U.
  public var first = PartSize()
  /// W·dx, or G·dU.
  public var second = PartSize()
  /// dW·dx, or dG·dU.
  public var both = PartSize()

  /// A row in which every number is 0.
  public init(at place: Place, count: Int) { (self.place, self.count) = (place, count) }

  /// A row from its parts.
  public init(
    layer: Int, site: Site, region: String, tokens: Int, delta: Double, first: PartSize, second: PartSize,
    both: PartSize
  ) {
    self.init(at: Place(layer: layer, .site(site, region: region)), count: tokens)
    (self.delta, self.first, self.second, self.both) = (delta, first, second, both)
  }

  /// Number of tokens; those without a change count.
  public var tokens: Int { count }

  /// Where in the layer.
  public var site: Site {
    guard case .site(let site, _) = place.scope else { preconditionFailure("a row about a product") }
    return site
  }

  /// The parts in the order of ``Site/partNames``.
  public var parts: [PartSize] { [first, second, both] }

  /// What the rows are of.
  public static let form = MeasureForm(
    "products", .sites, counts: .tokens, "Change of every projection and of act(gate) × up, by layer and region.")

  /// The numbers of a row.
  public static func fields(at place: Place) -> [Field<ProductChange>] {
    guard case .site(let site, _) = place.scope else { preconditionFailure("a row about a product") }
    return site == .gateUp ? ofGate : site == .gateZ ? ofOutputGate : ofProjection
  }

  private static let ofProjection = fields(of: .q)
  private static let ofGate = fields(of: .gateUp)
  private static let ofOutputGate = fields(of: .gateZ)

  private static func fields(of site: Site) -> [Field<ProductChange>] {
    let parts = [
      (\ProductChange.first, "The first factor changed."), (\.second, "The second changed."), (\.both, "Both changed."),
    ]
    return [
      Field("delta.rms", \.delta, .size, "√ of the mean squared norm of the change, over the region's tokens.") {
        Precision(whole: $0.parts.whole)
      }
    ]
      + zip(site.partNames, parts).flatMap { name, part in
        Field.part("terms.\(name)", part.0, part.1) { $0.parts.whole }
      }
  }
}
