/// The change of one head's bilinear form.
public struct FormChange: Sendable, Equatable {
  /// Which form.
  public var form: FormKind
  /// The layer.
  public var layer: Int
  /// The query head.
  public var head: Int
  /// The base's form.
  public var base: MatrixSize
  /// The whole change.
  public var delta: MatrixSize
  /// The three terms, by ``FormTerm``.
  public var terms: [TermSize]
  /// ⟨M, dM⟩ / (‖M‖‖dM‖): positive where the change strengthens what the form does, negative where it weakens it; 0
  /// where nothing changes.
  public var cosine: Double
  /// The leading singular values of the base's form, largest first.
  public var baseSingularValues: [Double]
  /// The leading singular values of the change, largest first; empty where nothing changes.
  public var singularValues: [Double]
  /// The change's leading pair of directions, nil where nothing changes.
  public var top: TopDirection?

  /// A term of the change.
  public struct TermSize: Sendable, Equatable, Codable {
    /// Its size.
    public var size: MatrixSize
    /// Its inner product with the change over the change's squared norm; the three sum to 1, all are 0 where nothing
    /// changes.
    public var share: Double

    /// A term from its parts.
    public init(size: MatrixSize, share: Double) {
      self.size = size
      self.share = share
    }
  }

  /// The singular vectors u, v of the change's largest singular value σ: the form gains σ·(u·x)(v·y).
  public struct TopDirection: Sendable, Equatable {
    /// σ² over the change's squared Frobenius norm: how much of the change this one pair is.
    public var energy: Double
    /// uᵀTv / σ for each term T, by ``FormTerm``; they sum to 1.
    public var shares: [Double]
    /// How many leading singular directions of the base's form hold 90 % of its squared norm.
    public var baseDirections: Int
    /// The part of u's squared length in the span of those left directions, from 0 to 1.
    public var firstInBase: Double
    /// The part of v's squared length in the span of those right directions, from 0 to 1.
    public var secondInBase: Double

    /// Directions from their parts.
    public init(energy: Double, shares: [Double], baseDirections: Int, firstInBase: Double, secondInBase: Double) {
      self.energy = energy
      self.shares = shares
      self.baseDirections = baseDirections
      self.firstInBase = firstInBase
      self.secondInBase = secondInBase
    }
  }

  /// A change from its parts.
  public init(
    form: FormKind, layer: Int, head: Int, base: MatrixSize, delta: MatrixSize, terms: [TermSize], cosine: Double,
    baseSingularValues: [Double], singularValues: [Double], top: TopDirection?
  ) {
    self.form = form
    self.layer = layer
    self.head = head
    self.base = base
    self.delta = delta
    self.terms = terms
    self.cosine = cosine
    self.baseSingularValues = baseSingularValues
    self.singularValues = singularValues
    self.top = top
  }

  /// A term.
  public subscript(term: FormTerm) -> TermSize { terms[term.rawValue] }

  /// ‖dM‖ / ‖M‖ in the Frobenius norm: 0 where nothing changes, infinite where only the base's form is zero.
  public var relative: Double { ratio(delta.frobenius, base.frobenius) }
}

/// Heads of one form taken together, from the sums of squared norms and inner products: shares are recomputed and never
/// averaged.
public struct PooledForm: Sendable, Equatable {
  /// Which form.
  public var form: FormKind
  /// The layer, nil for all of them.
  public var layer: Int?
  /// ‖dM‖ / ‖M‖ over all heads: 0 where nothing changes, infinite where only the base's forms are zero.
  public var relative: Double
  /// The shares of the terms, by ``FormTerm``.
  public var shares: [Double]
  /// ‖T‖ / ‖M‖ of the terms over all heads, by ``FormTerm``.
  public var relativeTerms: [Double]

  /// Pools heads.
  public init(_ heads: [FormChange], form: FormKind, layer: Int?) {
    func sum(_ value: (FormChange) -> Double) -> Double { heads.reduce(0) { $0 + value($1) } }
    let base = sum { $0.base.frobenius * $0.base.frobenius }
    let delta = sum { $0.delta.frobenius * $0.delta.frobenius }
    self.form = form
    self.layer = layer
    relative = ratio(delta, base).squareRoot()
    shares = FormTerm.allCases.map { term in
      ratio(sum { $0[term].share * $0.delta.frobenius * $0.delta.frobenius }, delta)
    }
    relativeTerms = FormTerm.allCases.map { term in
      ratio(sum { $0[term].size.frobenius * $0[term].size.frobenius }, base).squareRoot()
    }
  }

  /// The term with the largest share; nil where nothing changes, and where the two largest lie within
  /// ``Dominance/clearLead``.
  public var dominant: FormTerm? {
    let ranked = FormTerm.allCases.sorted { shares[$0.rawValue] > shares[$1.rawValue] }
    guard relative > 0, shares[ranked[0].rawValue] - shares[ranked[1].rawValue] > Dominance.clearLead else {
      return nil
    }
    return ranked[0]
  }
}

/// a / b, 0 where a is.
func ratio(_ a: Double, _ b: Double) -> Double { a == 0 ? 0 : a / b }
