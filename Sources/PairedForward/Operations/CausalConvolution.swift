import LinearAlgebra

/// A convolution over a token and those before it, every channel by itself, and its change: du = Σ w·dx + m·(Σ dw·(x + dx) + db).
struct CausalConvolution: Sendable {
  let kernel: Int
  /// (kernel + 1, channels): a row a tap, and the bias.
  private let weight: Matrix
  /// What adaptations change in it; nil where it stays.
  private let changes: [Matrix?]

  init(kernel: Int, weight: ChangedNumbers, bias: ChangedNumbers?) {
    self.kernel = kernel
    self.weight = Self.byTap(kernel, weight.base, bias?.base)
    changes = weight.changes.indices.map { adaptation in
      let (own, bias) = (weight.changes[adaptation], bias?.changes[adaptation])
      return own == nil && bias == nil ? nil : Self.byTap(kernel, own, bias, channels: weight.base.count / kernel)
    }
  }

  /// (channels, kernel) turned around, so that neighbouring channels stand side by side.
  private static func byTap(_ kernel: Int, _ weight: [Float]?, _ bias: [Float]?, channels: Int? = nil) -> Matrix {
    let channels = channels ?? (weight?.count ?? 0) / kernel
    let turned = Matrix(rows: kernel + 1, columns: channels)
    for channel in 0..<channels {
      for tap in 0..<kernel { turned.view[tap][channel] = weight?[channel * kernel + tap] ?? 0 }
      turned.view[kernel][channel] = bias?[channel] ?? 0
    }
    return turned
  }

  /// What is seen at a token: its own row last; nil before the prompt, or where nothing changes.
  typealias Taps = [UnsafePointer<Float>?]

  /// w of a channel at a tap.
  func weight(_ channel: Int, tap: Int) -> Double { Double(weight.view[tap][channel]) }

  /// dw of a channel at a tap.
  func change(_ channel: Int, tap: Int, adaptation: Int) -> Double {
    changes[adaptation].map { Double($0.view[tap][channel]) } ?? 0
  }

  /// u of eight channels, as far as they lie before `end`; `input` reads them from a row.
  @inline(__always)
  func value(
    _ channel: Int, before end: Int, _ taps: Taps, _ input: (UnsafePointer<Float>) -> DoubleLanes
  ) -> DoubleLanes {
    var sum = readDoubles(weight.view[kernel], channel, end)
    for tap in 0..<kernel {
      if let row = taps[tap] { sum += readDoubles(weight.view[tap], channel, end) * input(row) }
    }
    return sum
  }

  /// du of eight channels.
  /// - Parameters:
  ///   - input: Reads them from a row of the base.
  ///   - change: Reads their change from a row of the base and one of the changes.
  @inline(__always)
  func delta(
    _ channel: Int, before end: Int, _ taps: Taps, _ steps: Taps, adaptation: Int, mask: Double,
    _ input: (UnsafePointer<Float>) -> DoubleLanes,
    _ change: (UnsafePointer<Float>, UnsafePointer<Float>) -> DoubleLanes
  ) -> DoubleLanes {
    let own = changes[adaptation]
    var sum = DoubleLanes()
    var trained = own.map { readDoubles($0.view[kernel], channel, end) } ?? DoubleLanes()
    for tap in 0..<kernel {
      guard let row = taps[tap] else { continue }
      let step = steps[tap].map { change(row, $0) } ?? DoubleLanes()
      sum += readDoubles(weight.view[tap], channel, end) * step
      if let own { trained += readDoubles(own.view[tap], channel, end) * (input(row) + step) }
    }
    return sum + mask * trained
  }
}
