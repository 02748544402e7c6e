import LinearAlgebra

/// Means and roots of a group, and how they change.
extension PairedNorm {
  /// Mean and r of a group.
  struct Moments {
    var mean: Float
    var root: Double
  }

  /// What a change does to a group's norm.
  struct Roots {
    /// Of x and of dx.
    var (mean, shift): (Float, Float)
    /// 1/r′.
    var inverse: Float
    /// (1/r′ − 1/r)·r′, since the difference itself can vanish in single precision.
    var loss: Float
    /// 1/r where r′ is so much smaller that du/r′ and u·(1/r′ − 1/r) would cancel; else nil.
    var baseInverse: Float?
  }

  /// What a change does to a group's norm.
  func roots(_ x: UnsafePointer<Float>, _ dx: UnsafePointer<Float>) -> Roots {
    let base = moments(x)
    let shift = kind == .layer ? mean(dx) : 0
    let square = base.root * base.root
    let delta = squaredChange(x, dx, base.mean, shift)
    if delta < -0.5 * square {
      // The change takes most of x away: r² + δ would be what its rounding leaves over.
      let changed = (exactSquare(x, dx) + epsilon).squareRoot()
      return Roots(
        mean: base.mean, shift: shift, inverse: Float(1 / changed), loss: Float(1 - changed / base.root),
        baseInverse: Float(1 / base.root))
    }
    let changed = (square + delta).squareRoot()
    return Roots(
      mean: base.mean, shift: shift, inverse: Float(1 / changed),
      loss: Float(-delta / ((base.root + changed) * base.root)))
  }

  /// mean (u + du)² in double; du is 0 without a change.
  private func exactSquare(_ x: UnsafePointer<Float>, _ dx: UnsafePointer<Float>?) -> Double {
    let values = (0..<width).map { column in Double(x[column]) + (dx.map { Double($0[column]) } ?? 0) }
    let mean = kind == .layer ? values.reduce(0, +) / Double(width) : 0
    return values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(width)
  }

  /// The mean.
  func mean(_ x: UnsafePointer<Float>) -> Float {
    var sum = Lanes()
    var column = 0
    while column < width {
      sum += read(x, column, width)
      column += 8
    }
    return Float(total(sum) / Double(width))
  }

  /// Mean and r of a group.
  func moments(_ x: UnsafePointer<Float>) -> Moments {
    let mean = kind == .layer ? mean(x) : 0
    var sum = Lanes()
    var column = 0
    while column < width {
      let centred = read(x, column, width, fill: mean) - mean
      sum += centred * centred
      column += 8
    }
    // Squares beyond the range of single precision are taken in double.
    let square = total(sum) / Double(width)
    let isExact = square < 1e30 && square + epsilon > 1e-25
    return Moments(mean: mean, root: ((isExact ? square : exactSquare(x, nil)) + epsilon).squareRoot())
  }

  /// mean(du·(2u + du)).
  private func squaredChange(
    _ x: UnsafePointer<Float>, _ dx: UnsafePointer<Float>, _ mean: Float, _ shift: Float
  ) -> Double {
    var sum = Lanes()
    var column = 0
    while column < width {
      let u = read(x, column, width, fill: mean) - mean
      let du = read(dx, column, width, fill: shift) - shift
      sum += du * (u + u + du)
      column += 8
    }
    let change = total(sum) / Double(width)
    if abs(change) < 1e30, abs(change) > 1e-25 || epsilon > 1e-15 { return change }
    let exact = (0..<width).reduce(0) { sum, column in
      let (u, du) = (Double(x[column]) - Double(mean), Double(dx[column]) - Double(shift))
      return sum + du * (u + u + du)
    }
    return exact / Double(width)
  }
}
