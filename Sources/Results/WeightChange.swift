/// The change of one weight, or of one projection's rows of a fused weight.
public struct WeightChange: Sendable, Equatable {
  /// The layer.
  public var layer: Int
  /// What the weight is for: q, k, v, o, gate, up or down.
  public var site: String
  /// Path of the module that holds it.
  public var module: String
  /// Width of its output.
  public var outputs: Int
  /// Width of its input.
  public var inputs: Int
  /// Inner width of a low-rank change, nil for a dense one.
  public var rank: Int?
  /// ‖W‖, the Frobenius norm of the base's weight.
  public var baseFrobenius: Double
  /// ‖dW‖.
  public var frobenius: Double
  /// The leading singular values of dW, largest first; empty where dW is zero.
  public var singularValues: [Double]
  /// ‖dW‖² / σ₁²; 0 where dW is zero.
  public var stableRank: Double
  /// exp(−Σ pᵢ ln pᵢ), pᵢ = σᵢ / Σσ (Roy and Vetterli, 2007); 0 where dW is zero; nil for a dense change that is too
  /// large for all its singular values.
  public var effectiveRank: Double?
  /// Where dW's leading directions lie, nil where dW is zero.
  public var directions: LeadingDirections?

  /// How far the leading singular vectors of dW lie outside the leading singular subspaces of W.
  public struct LeadingDirections: Sendable, Equatable, Codable {
    /// Leading singular vectors of dW that are looked at, at most.
    public static let limit = 8
    /// Leading directions of W, at most; never more than a quarter of the smaller side, so that "outside" says something.
    public static let basisLimit = 32

    /// How many leading directions of W span each subspace.
    public var basis: Int
    /// The singular values of W that belong to them, largest first.
    public var baseSingularValues: [Double]
    /// 1 − ‖Uᵀu‖² for each leading left singular vector u of dW, U the leading left ones of W: 1 is outside.
    public var outsideLeft: [Double]
    /// The same on the right, the side of the input.
    public var outsideRight: [Double]
    /// What a random direction has on the left: 1 − basis / outputs.
    public var chanceLeft: Double
    /// What a random direction has on the right: 1 − basis / inputs.
    public var chanceRight: Double
    /// How many of these directions can stand as intruder dimensions in W + dW: outside on the left by more than 3/4 (no
    /// vector in W's subspace has a cosine above 1/2 with it), and with a singular value above the last of
    /// ``baseSingularValues``.
    public var intruders: Int

    /// Directions from their parts.
    public init(
      basis: Int, baseSingularValues: [Double], outsideLeft: [Double], outsideRight: [Double], chanceLeft: Double,
      chanceRight: Double, intruders: Int
    ) {
      self.basis = basis
      self.baseSingularValues = baseSingularValues
      self.outsideLeft = outsideLeft
      self.outsideRight = outsideRight
      self.chanceLeft = chanceLeft
      self.chanceRight = chanceRight
      self.intruders = intruders
    }
  }

  /// A change from its parts.
  public init(
    layer: Int, site: String, module: String, outputs: Int, inputs: Int, rank: Int?, baseFrobenius: Double,
    frobenius: Double, singularValues: [Double], stableRank: Double, effectiveRank: Double?,
    directions: LeadingDirections?
  ) {
    self.layer = layer
    self.site = site
    self.module = module
    self.outputs = outputs
    self.inputs = inputs
    self.rank = rank
    self.baseFrobenius = baseFrobenius
    self.frobenius = frobenius
    self.singularValues = singularValues
    self.stableRank = stableRank
    self.effectiveRank = effectiveRank
    self.directions = directions
  }

  /// ‖dW‖ / ‖W‖: 0 where dW is zero, infinite where only W is.
  public var relative: Double { ratio(frobenius, baseFrobenius) }
}

extension WeightChange.LeadingDirections {
  /// The mean over dW's leading directions of ``outsideLeft``, weighted with their squared singular values.
  public func meanOutsideLeft(_ singularValues: [Double]) -> Double { mean(outsideLeft, singularValues) }

  /// The same of ``outsideRight``.
  public func meanOutsideRight(_ singularValues: [Double]) -> Double { mean(outsideRight, singularValues) }

  private func mean(_ outside: [Double], _ singularValues: [Double]) -> Double {
    let weights = zip(outside, singularValues).map { $1 * $1 }
    return ratio(zip(outside, weights).reduce(0) { $0 + $1.0 * $1.1 }, weights.reduce(0, +))
  }
}
