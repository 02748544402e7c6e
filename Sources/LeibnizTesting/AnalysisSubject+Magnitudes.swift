import Expectations
import Results

extension AnalysisSubject {
  /// √((1/n) Σ T²) of a term, or of the whole change.
  @discardableResult
  public func rms(
    of part: ScorePart, from query: RegionName? = nil, to key: RegionName? = nil,
    layers: any IndexSelecting = IndexSelection.all, heads: any IndexSelecting = IndexSelection.all,
    pooled pooling: Selection.Pooling = .none, centered: Bool = false, isAtLeast lower: Double? = nil,
    isAtMost upper: Double? = nil, because reason: String? = nil, fileID: StaticString = #fileID,
    filePath: StaticString = #filePath, line: UInt = #line, column: UInt = #column
  ) -> Comparison {
    number(
      .magnitude(.rms, of: part, centered: centered),
      in: Selection(query: query, key: key, layers: layers, heads: heads, pooling: pooling),
      isAtLeast: lower, isAtMost: upper, because: reason, fileID: fileID, filePath: filePath, line: line,
      column: column)
  }

  /// (1/n) Σ |T| of a term, or of the whole change.
  @discardableResult
  public func meanAbs(
    of part: ScorePart, from query: RegionName? = nil, to key: RegionName? = nil,
    layers: any IndexSelecting = IndexSelection.all, heads: any IndexSelecting = IndexSelection.all,
    pooled pooling: Selection.Pooling = .none, centered: Bool = false, isAtLeast lower: Double? = nil,
    isAtMost upper: Double? = nil, because reason: String? = nil, fileID: StaticString = #fileID,
    filePath: StaticString = #filePath, line: UInt = #line, column: UInt = #column
  ) -> Comparison {
    number(
      .magnitude(.meanAbs, of: part, centered: centered),
      in: Selection(query: query, key: key, layers: layers, heads: heads, pooling: pooling),
      isAtLeast: lower, isAtMost: upper, because: reason, fileID: fileID, filePath: filePath, line: line,
      column: column)
  }

  /// max |T| of a term, or of the whole change.
  @discardableResult
  public func maxAbs(
    of part: ScorePart, from query: RegionName? = nil, to key: RegionName? = nil,
    layers: any IndexSelecting = IndexSelection.all, heads: any IndexSelecting = IndexSelection.all,
    pooled pooling: Selection.Pooling = .none, centered: Bool = false, isAtLeast lower: Double? = nil,
    isAtMost upper: Double? = nil, because reason: String? = nil, fileID: StaticString = #fileID,
    filePath: StaticString = #filePath, line: UInt = #line, column: UInt = #column
  ) -> Comparison {
    number(
      .magnitude(.maxAbs, of: part, centered: centered),
      in: Selection(query: query, key: key, layers: layers, heads: heads, pooling: pooling),
      isAtLeast: lower, isAtMost: upper, because: reason, fileID: fileID, filePath: filePath, line: line,
      column: column)
  }

  /// (1/n) Σ T of a term, or of the whole change.
  @discardableResult
  public func mean(
    of part: ScorePart, from query: RegionName? = nil, to key: RegionName? = nil,
    layers: any IndexSelecting = IndexSelection.all, heads: any IndexSelecting = IndexSelection.all,
    pooled pooling: Selection.Pooling = .none, centered: Bool = false, isAtLeast lower: Double? = nil,
    isAtMost upper: Double? = nil, because reason: String? = nil, fileID: StaticString = #fileID,
    filePath: StaticString = #filePath, line: UInt = #line, column: UInt = #column
  ) -> Comparison {
    number(
      .magnitude(.mean, of: part, centered: centered),
      in: Selection(query: query, key: key, layers: layers, heads: heads, pooling: pooling),
      isAtLeast: lower, isAtMost: upper, because: reason, fileID: fileID, filePath: filePath, line: line,
      column: column)
  }
}
