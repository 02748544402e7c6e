import LinearAlgebra
import Results

/// A head's form scale·W₁ᵀW₂ and its change in the coordinates of its two factors.
struct FormCore {
  /// Leading singular values that a result holds.
  static let shown = 8
  /// The part of the base form's squared norm that its leading directions hold.
  static let leadingEnergy = 0.9

  /// scale·W₁ᵀW₂.
  let base: DoubleMatrix
  /// The terms by ``FormTerm``; nil where a term is exactly zero.
  let terms: [DoubleMatrix?]
  /// Their sum; nil where nothing changes.
  let change: DoubleMatrix?

  /// The form of two factors.
  init(_ first: HeadFactor, _ second: HeadFactor, scale: Double) {
    func product(_ a: DoubleMatrix?, _ b: DoubleMatrix?) -> DoubleMatrix? {
      guard let a, let b else { return nil }
      let result = a.times(b, otherTransposed: true, scaledBy: scale)
      return result.isZero ? nil : result
    }
    base = first.weight.times(second.weight, otherTransposed: true, scaledBy: scale)
    terms = [
      product(first.weight, second.change), product(first.change, second.weight), product(first.change, second.change),
    ]
    let present = terms.compactMap(\.self)
    let sum = present.dropFirst().reduce(present.first) { total, term in total.map { $0 + term } }
    change = sum.flatMap { $0.isZero ? nil : $0 }
  }

  /// Norms, shares and directions.
  /// - Returns: Nil where LAPACK fails.
  func measured(form: FormKind, layer: Int, head: Int) -> FormChange? {
    guard let (baseLeft, baseValues, baseRight) = base.singularVectors() else { return nil }
    let baseNorm = base.squaredNorm.squareRoot()
    var result = FormChange(
      form: form, layer: layer, head: head,
      base: MatrixSize(frobenius: baseNorm, spectral: baseValues.first ?? 0), delta: .zero,
      terms: FormTerm.allCases.map { _ in FormChange.TermSize(size: .zero, share: 0) }, cosine: 0,
      baseSingularValues: Array(baseValues.prefix(Self.shown)), singularValues: [], top: nil)
    for term in FormTerm.allCases {
      guard let matrix = terms[term.rawValue] else { continue }
      guard let values = matrix.singularValues() else { return nil }
      result.terms[term.rawValue].size = MatrixSize(
        frobenius: matrix.squaredNorm.squareRoot(), spectral: values.first ?? 0)
    }
    guard let change else { return result }
    guard let (left, values, right) = change.singularVectors() else { return nil }
    let squared = change.squaredNorm
    result.delta = MatrixSize(frobenius: squared.squareRoot(), spectral: values[0])
    for term in FormTerm.allCases {
      result.terms[term.rawValue].share = (terms[term.rawValue]?.inner(change) ?? 0) / squared
    }
    result.cosine = baseNorm == 0 ? 0 : base.inner(change) / (baseNorm * squared.squareRoot())
    result.singularValues = Array(values.prefix(Self.shown).prefix { $0 > values[0] * 1e-12 })
    let (u, v) = (left.columns(0..<1), right.columns(0..<1))
    let leading = count(of: baseValues)
    result.top = FormChange.TopDirection(
      energy: values[0] * values[0] / squared,
      shares: terms.map { term in
        term.map { u.times($0, transposed: true).times(v).elements[0] / values[0] } ?? 0
      },
      baseDirections: leading, firstInBase: part(of: u, in: baseLeft.columns(0..<leading)),
      secondInBase: part(of: v, in: baseRight.columns(0..<leading)))
    return result
  }

  /// How many leading singular values hold ``leadingEnergy``.
  private func count(of values: [Double]) -> Int {
    let total = values.reduce(0) { $0 + $1 * $1 }
    var sum = 0.0
    for (index, value) in values.enumerated() {
      sum += value * value
      if sum >= Self.leadingEnergy * total { return total == 0 ? 0 : index + 1 }
    }
    return values.count
  }

  /// The part of a unit vector's squared length in the span of orthonormal columns.
  private func part(of vector: DoubleMatrix, in basis: DoubleMatrix) -> Double {
    min(1, basis.times(vector, transposed: true).squaredNorm)
  }
}
