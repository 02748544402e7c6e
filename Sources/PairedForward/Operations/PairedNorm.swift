import Architectures
import Checkpoints
import LinearAlgebra
import Vocabulary

/// A norm and its change. With u = x − mean (layer norm) or x (root mean square), r = √(mean u² + ε):
///
/// y = g·u/r + b;  dy = g·(du/r′ + u·(1/r′ − 1/r)) + m·(dg·(u + du)/r′ + db),
/// 1/r′ − 1/r = −δ/((r + r′)·r·r′), δ = mean(du·(2u + du)) (docs/method.md, Delta form).
struct PairedNorm: Sendable {
  let kind: Norm.Kind
  let width: Int
  let epsilon: Double
  /// Empty when the norm has none; else a multiple of `width` long.
  let gain: [Float]
  let bias: [Float]
  /// By adaptation, dg and db; empty where they stay.
  let changes: [(gain: [Float], bias: [Float])]
  /// Gains longer than a group run on over the following ones.
  private let gainLength: Int

  /// A norm with its weights.
  init(_ norm: Norm, model: Model, adaptations: [Adaptation]) throws(CheckpointError) {
    kind = norm.kind
    width = norm.width
    epsilon = norm.epsilon
    gain = try model.gain(norm)
    bias = try model.bias(norm)
    let zeros = [Float](repeating: 0, count: norm.shape.reduce(1, *))
    changes = adaptations.map { adaptation in
      let changes = norm.modules.map { adaptation.norms[$0] ?? NormChange() }
      return (
        changes.contains { $0.gain != nil } ? changes.flatMap { $0.gain ?? zeros } : [],
        changes.contains { $0.bias != nil } ? changes.flatMap { $0.bias ?? zeros } : []
      )
    }
    gainLength = changes.reduce(max(gain.count, width)) { max($0, $1.gain.count) }
  }

  /// y for a row of any number of groups; y may be x.
  func apply(_ x: UnsafePointer<Float>, count: Int, into y: UnsafeMutablePointer<Float>) {
    for (group, start) in stride(from: 0, to: count, by: width).enumerated() {
      let moments = moments(x + start)
      let inverse = Float(1 / moments.root)
      let offset = gainOffset(group)
      var column = 0
      while column < width {
        let centred = read(x + start, column, width) - moments.mean
        write(affine(centred * inverse, offset + column, offset + width), y + start, column, width)
        column += 8
      }
    }
  }

  /// dy for a row; `dy` may be `dx` but neither may be `x`. `mask` weighs the changes of gain and bias, which are those of
  /// an adaptation.
  func applyDelta(
    _ x: UnsafePointer<Float>, _ dx: UnsafePointer<Float>, count: Int, adaptation: Int, mask: Float,
    into dy: UnsafeMutablePointer<Float>
  ) {
    let (gainDelta, biasDelta) = changes[adaptation]
    for (group, start) in stride(from: 0, to: count, by: width).enumerated() {
      let (x, dx, dy) = (x + start, dx + start, dy + start)
      let roots = roots(x, dx)
      let offset = gainOffset(group)
      var column = 0
      while column < width {
        let u = read(x, column, width) - roots.mean
        let du = read(dx, column, width) - roots.shift
        var result = (du + u * roots.loss) * roots.inverse
        if let base = roots.baseInverse { result = (u + du) * roots.inverse - u * base }
        if !gain.isEmpty { result *= lanes(gain, offset + column, offset + width) }
        if !gainDelta.isEmpty {
          result += (u + du) * roots.inverse * mask * lanes(gainDelta, offset + column, offset + width)
        }
        if !biasDelta.isEmpty { result += mask * lanes(biasDelta, offset + column, offset + width) }
        write(result, dy, column, width)
        column += 8
      }
    }
  }

  /// The sources of dy from those of dx, in place: each g·(du_s/r′) with the run's own r′; what remains, g·u·(1/r′ − 1/r), is
  /// the norm's. Changes of gain and bias are the layer's own. `sources` has a row for each ``Source``.
  func applySources(
    _ x: UnsafePointer<Float>, _ dx: UnsafePointer<Float>, count: Int, adaptation: Int, mask: Float,
    sources: [UnsafeMutablePointer<Float>]
  ) {
    let (gainDelta, biasDelta) = changes[adaptation]
    for (group, start) in stride(from: 0, to: count, by: width).enumerated() {
      let roots = roots(x + start, dx + start)
      let offset = gainOffset(group)
      for source in Source.allCases {
        let row = sources[source.rawValue] + start
        let shift = kind == .layer ? mean(row) : 0
        var column = 0
        while column < width {
          let u = read(x + start, column, width) - roots.mean
          var result =
            (source == .norm ? u * roots.loss : read(row, column, width) - shift) * roots.inverse
          if !gain.isEmpty { result *= lanes(gain, offset + column, offset + width) }
          if source == .own {
            let sum = (u + read(dx + start, column, width) - roots.shift) * roots.inverse * mask
            if !gainDelta.isEmpty { result += sum * lanes(gainDelta, offset + column, offset + width) }
            if !biasDelta.isEmpty { result += mask * lanes(biasDelta, offset + column, offset + width) }
          }
          write(result, row, column, width)
          column += 8
        }
      }
    }
  }

  /// Where the gain of a group begins.
  func gainOffset(_ group: Int) -> Int { group * width % gainLength }

  private func affine(_ normed: Lanes, _ offset: Int, _ end: Int) -> Lanes {
    var result = normed
    if !gain.isEmpty { result *= lanes(gain, offset, end) }
    if !bias.isEmpty { result += lanes(bias, offset, end) }
    return result
  }

  private func lanes(_ values: [Float], _ offset: Int, _ end: Int) -> Lanes {
    values.withUnsafeBufferPointer { buffer in
      // The caller keeps offset and end within the gain.
      buffer.baseAddress.map { read($0, offset, end) } ?? Lanes()
    }
  }
}
