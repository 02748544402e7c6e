import LinearAlgebra

/// Norms for those who ask who wrote a change: what they make of its parts, and the way back through them.
///
/// N(x + dx) − N(x) = Σ g·(dw − its mean)/r′ + g·u·(1/r′ − 1/r) + dg·u′/r′ + db, u = x − its mean: a part, or writer, each by itself, then what
/// dividing by another length and a changed gain add. Means are a layer norm's alone.
extension PairedNorm {
  /// What the last two are of a stream: u·(1 − r′/r), which goes through g/r′ like any writer, and m·(dg·u′/r′ + db), which is behind it.
  /// - Returns: 1/r′.
  func rest(
    _ x: UnsafePointer<Float>, _ dx: UnsafePointer<Float>, adaptation: Int, mask: Float,
    length: UnsafeMutablePointer<Float>, gain target: UnsafeMutablePointer<Float>
  ) -> Float {
    let roots = roots(x, dx)
    let loss = roots.baseInverse.map { 1 - $0 / roots.inverse } ?? roots.loss
    let (gainDelta, biasDelta) = changes[adaptation]
    for column in 0..<width {
      let u = x[column] - roots.mean
      length[column] = u * loss
      var result: Float = 0
      if !gainDelta.isEmpty { result += (u + (dx[column] - roots.shift)) * roots.inverse * mask * gainDelta[column] }
      if !biasDelta.isEmpty { result += mask * biasDelta[column] }
      target[column] = result
    }
    return roots.inverse
  }

  /// Whether an adaptation changes gain or bias.
  func isChanged(by adaptation: Int) -> Bool {
    !changes[adaptation].gain.isEmpty || !changes[adaptation].bias.isEmpty
  }

  /// The parts of dy from those of dx, in place, and in `rest` what the norm itself adds. `x` and `dx` are what enters it.
  func applyWritten(
    _ x: UnsafePointer<Float>, _ dx: UnsafePointer<Float>, adaptation: Int, mask: Float,
    parts: [UnsafeMutablePointer<Float>], rest target: UnsafeMutablePointer<Float>
  ) {
    withUnsafeTemporaryAllocation(of: Float.self, capacity: width) { buffer in
      guard let length = buffer.baseAddress else { return }
      let inverse = rest(x, dx, adaptation: adaptation, mask: mask, length: length, gain: target)
      for part in parts {
        let shift = kind == .layer ? mean(part) : 0
        for column in 0..<width { part[column] = (part[column] - shift) * inverse * gainOf(column) }
      }
      for column in 0..<width { target[column] += length[column] * inverse * gainOf(column) }
    }
  }

  /// A part of dx through the norm, g·(du − its mean)/r′, in place; groups follow one another. `x` and `dx` are what enters it.
  func carry(
    _ part: UnsafeMutablePointer<Float>, _ x: UnsafePointer<Float>, _ dx: UnsafePointer<Float>, count: Int
  ) {
    for (group, start) in stride(from: 0, to: count, by: width).enumerated() {
      let inverse = roots(x + start, dx + start).inverse
      let (offset, shift) = (gainOffset(group), kind == .layer ? mean(part + start) : 0)
      for column in 0..<width {
        part[start + column] = (part[start + column] - shift) * inverse * (gain.isEmpty ? 1 : gain[offset + column])
      }
    }
  }

  /// y ← the vector whose product with a part of dx is that of y with the part of dy: g·y/r′, less its mean for a layer norm.
  /// - Parameters:
  ///   - start: Which of the norm's elements y begins with: a whole number of groups, or part of a group without a mean.
  ///   - inverse: 1/r′.
  func pullBack(_ y: UnsafeMutablePointer<Float>, from start: Int = 0, count: Int, inverse: Float) {
    if gain.isEmpty {
      scale(y, by: nil, inverse, count)
    } else {
      gain.withUnsafeBufferPointer { gain in
        var column = 0
        while column < count {
          let (group, place) = (start + column).quotientAndRemainder(dividingBy: width)
          let length = min(count - column, width - place)
          scale(y + column, by: gain.baseAddress.map { $0 + (gainOffset(group) + place) }, inverse, length)
          column += length
        }
      }
    }
    guard kind == .layer else { return }
    precondition(start % width == 0 && count % width == 0, "a layer norm of whole groups")
    for group in stride(from: 0, to: count, by: width) {
      let shift = mean(y + group)
      for column in group..<group + width { y[column] -= shift }
    }
  }

  /// y ← y ⊙ factors · inverse.
  private func scale(
    _ y: UnsafeMutablePointer<Float>, by factors: UnsafePointer<Float>?, _ inverse: Float, _ count: Int
  ) {
    var column = 0
    while column < count {
      var result = read(y, column, count) * inverse
      if let factors { result *= read(factors, column, count) }
      write(result, y, column, count)
      column += 8
    }
  }

  /// The gain of an element of the first group.
  private func gainOf(_ element: Int) -> Float { gain.isEmpty ? 1 : gain[element] }
}
