import LinearAlgebra

/// norm(o)·silu(z) with a root mean square norm, and its change, in double precision:
/// d(n·s) = dn·(s + ds) + n·ds;  dn = g·dy + m·dg·(y + dy) with y the norm before its gain.
struct GatedNorm {
  let length: PairedLength
  private let width: Int
  /// Of the norm.
  private let gain: Matrix
  private let changes: [Matrix?]

  init(_ norm: PairedNorm) {
    precondition(norm.kind == .rootMeanSquare && norm.bias.isEmpty, "the norm of a recurrence has a gain alone")
    width = norm.width
    length = PairedLength(factor: Double(width).squareRoot(), epsilon: Double(width) * norm.epsilon)
    let ones = [Float](repeating: 1, count: width)
    gain = Matrix(rows: 1, columns: width, norm.gain.isEmpty ? ones : norm.gain)
    changes = norm.changes.map { $0.gain.isEmpty ? nil : Matrix(rows: 1, columns: norm.width, $0.gain) }
  }

  /// Of o, with 1/root its length; o becomes the norm before its gain.
  func apply(
    _ o: UnsafeMutablePointer<Double>, root: Double, gate z: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>
  ) {
    length.apply(o, root: root, (width + 7) / 8 * 8)
    for column in stride(from: 0, to: width, by: 8) {
      let normed = read(o + column) * readDoubles(gain.elements, column, width)
      writeRounded(normed * PairedSiLU(readDoubles(z, column, width)).value, y, column, width)
    }
  }

  /// Of do, while o is as it was; do becomes the change of the norm before its gain.
  func applyDelta(
    _ o: UnsafePointer<Double>, root: Double, _ change: UnsafeMutablePointer<Double>,
    gate: (z: UnsafePointer<Float>, dz: UnsafePointer<Float>), adaptation: Int, mask: Double,
    into dy: UnsafeMutablePointer<Float>
  ) {
    length.applyDelta(o, root: root, change, (width + 7) / 8 * 8)
    let own = changes[adaptation]
    for column in stride(from: 0, to: width, by: 8) {
      let (base, delta) = (read(o + column) * (length.factor / root), read(change + column))
      let gain = readDoubles(gain.elements, column, width)
      var dNormed = gain * delta
      if let own { dNormed += mask * readDoubles(own.elements, column, width) * (base + delta) }
      let silu = PairedSiLU(readDoubles(gate.z, column, width))
      let step = silu.delta(readDoubles(gate.dz, column, width))
      writeRounded(dNormed * (silu.value + step) + gain * base * step, dy, column, width)
    }
  }
}
