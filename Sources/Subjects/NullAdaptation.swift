import Checkpoints
import Foundation
import LinearAlgebra

extension Adaptation {
  /// A random change of the same targets, rank, norm and spectrum: each low-rank dW = U·diag(s)·Vᵀ becomes U′·diag(s)·V′ᵀ
  /// with random orthonormal U′ and V′. It follows from the index and the modules' paths alone.
  /// - Parameter factor: What every dW is multiplied by.
  /// - Throws: ``AnalysisError`` where more than low-rank parts changes.
  package func null(_ index: Int, scaledBy factor: Double = 1) throws(AnalysisError) -> Adaptation {
    if let reason = noNullReason { throw .noNull(adapter: name, reason: reason) }
    var result = self
    for (module, change) in linears {
      for (place, part) in change.lowRank.enumerated() {
        guard let null = part.null("\(index)/\(place)/\(module)", scaledBy: factor) else {
          throw .noNull(adapter: name, reason: "the singular values of its change of \(module) cannot be computed")
        }
        result.linears[module]?.lowRank[place] = null
      }
    }
    return result
  }

  /// Why there is no random change of its kind; nil where there is.
  private var noNullReason: String? {
    switch kind {
    case .checkpoint: return "it is a full checkpoint, whose change has no rank to keep"
    case .none: return "it is the base itself, which has no change"
    case .lora: break
    }
    if usesDoRA { return "it is a DoRA, whose magnitudes rescale whole weights" }
    for (module, change) in linears.sorted(by: { $0.key < $1.key }) {
      if change.dense != nil { return "its change of \(module) is not low-rank" }
      if change.bias != nil || change.lowRank.contains(where: { $0.bias != nil }) {
        return "it changes the bias of \(module)"
      }
    }
    if let module = norms.keys.min() { return "it changes the norm \(module)" }
    if vocabulary != nil { return "it has another vocabulary than the base" }
    return embeddings.keys.min().map { "it changes the table \($0)" }
  }
}

extension LowRank {
  /// A random part of the same spectrum; nil where its singular values cannot be computed.
  package func null(_ name: String, scaledBy factor: Double = 1) -> LowRank? {
    guard rank > 0 else { return self }
    let (inputs, outputs) = (a.count / rank, b.count / rank)
    let right = DoubleMatrix(rows: inputs, columns: rank, a.map(Double.init))
    var left = DoubleMatrix(rows: outputs, columns: rank)
    for row in 0..<outputs {
      for column in 0..<rank { left.elements[column * outputs + row] = Double(b[row * rank + column]) }
    }
    guard let first = left.triangularFactor(), let second = right.triangularFactor(),
      let values = first.times(second, otherTransposed: true, scaledBy: scale).singularValues(),
      values.allSatisfy(\.isFinite)
    else { return nil }
    var random = SplitMix64(seed: seed(name))
    guard let u = randomOrthonormal(outputs, values.count, &random),
      let v = randomOrthonormal(inputs, values.count, &random)
    else { return nil }
    // √s on either side keeps both factors far from overflow.
    var (newA, newB) = ([Float](repeating: 0, count: a.count), [Float](repeating: 0, count: b.count))
    for (index, value) in values.enumerated() where value > 0 {
      let root = value.squareRoot()
      for row in 0..<outputs { newB[row * rank + index] = Float(root * u.elements[index * outputs + row]) }
      for column in 0..<inputs { newA[index * inputs + column] = Float(root * v.elements[index * inputs + column]) }
    }
    return LowRank(rank: rank, scale: factor, a: newA, b: newB)
  }
}

/// FNV-1a of a name, which is the same on every machine.
private func seed(_ name: String) -> UInt64 {
  name.utf8.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01b3 }
}

/// Columns drawn evenly from all orthonormal ones: Q of Gaussians, with the signs that make R's diagonal positive.
private func randomOrthonormal(_ rows: Int, _ columns: Int, _ random: inout SplitMix64) -> DoubleMatrix? {
  let numbers = (0..<rows * columns).map { _ in
    (-2 * log(1 - random.unit())).squareRoot() * cos(2 * .pi * random.unit())
  }
  guard let factors = DoubleMatrix(rows: rows, columns: columns, numbers).orthogonalFactors() else { return nil }
  var q = factors.q
  let r = factors.r
  for column in 0..<columns where r.elements[column * r.rows + column] < 0 {
    for row in 0..<rows { q.elements[column * rows + row] *= -1 }
  }
  return q
}
