/// The largest |ΔS − Σ terms| / rms ΔS, with ΔS formed in double from the float32 operands on sampled rows.
public struct Closure: Sendable, Equatable, Codable {
  /// The error.
  public var maximum: Double
  /// Number of sampled rows (a query with all its keys), over all layers and heads.
  public var rows: Int

  /// A closure error.
  public init(maximum: Double, rows: Int) {
    self.maximum = maximum
    self.rows = rows
  }
}
