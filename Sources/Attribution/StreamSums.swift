import LinearAlgebra
import Results

/// Sums over tokens of the stream x that enters a layer, and of its change dx.
public struct StreamSums: AdditiveSums, Equatable {
  /// Σ‖x‖².
  private var base = 0.0
  /// Σ‖dx‖².
  private var change = 0.0
  /// Σ cos(x, x + dx), over tokens that have one.
  private var cosines = 0.0
  private var directions = 0
  /// ‖dx‖ / ‖x‖ of every token with an x.
  private var ratios: [Float] = []

  /// Nothing summed.
  public init() {}

  /// Adds a token's x and dx; no dx stands for zeros.
  public mutating func add(_ x: UnsafePointer<Float>, _ dx: UnsafePointer<Float>?, count: Int) {
    let base = dot(x, x, count)
    let change = dx.map { dot($0, $0, count) } ?? 0
    let inner = dx.map { dot(x, $0, count) } ?? 0
    self.base += base
    self.change += change
    guard base > 0 else { return }
    ratios.append(Float((change / base).squareRoot()))
    let adapted = base + 2 * inner + change
    guard adapted > 0 else { return }
    cosines += change == 0 ? 1 : max(-1, min(1, (base + inner) / (base * adapted).squareRoot()))
    directions += 1
  }

  /// Adds the sums of other tokens.
  public static func += (left: inout StreamSums, right: StreamSums) {
    left.base += right.base
    left.change += right.change
    left.cosines += right.cosines
    left.directions += right.directions
    left.ratios += right.ratios
  }

  /// Codes all sums.
  public mutating func code(_ coder: inout SumsCoder) throws(SumsError) {
    try coder.code(&base)
    try coder.code(&change)
    try coder.code(&cosines)
    try coder.code(&directions)
    try coder.code(&ratios)
  }

  /// The row of a layer and region; nil without a stream.
  public func row(layer: Int, region: String) -> StreamDivergence? {
    guard base > 0, !ratios.isEmpty else { return nil }
    let sorted = ratios.sorted()
    let (low, high) = (Double(sorted[(sorted.count - 1) / 2]), Double(sorted[sorted.count / 2]))
    return StreamDivergence(
      layer: layer, region: region, relative: (change / base).squareRoot(),
      median: low == high ? low : (low + high) / 2, cosine: directions == 0 ? nil : cosines / Double(directions))
  }
}
