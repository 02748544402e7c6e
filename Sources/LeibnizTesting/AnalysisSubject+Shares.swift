import Expectations
import Results

extension AnalysisSubject {
  /// The part of the change's energy that a term explains: ΣTΔ / ΣΔ².
  @discardableResult
  public func share(
    of term: Term, from query: RegionName? = nil, to key: RegionName? = nil,
    layers: any IndexSelecting = IndexSelection.all, heads: any IndexSelecting = IndexSelection.all,
    pooled pooling: Selection.Pooling = .none, centered: Bool = false, isAtLeast lower: Double? = nil,
    isAtMost upper: Double? = nil, because reason: String? = nil, fileID: StaticString = #fileID,
    filePath: StaticString = #filePath, line: UInt = #line, column: UInt = #column
  ) -> Comparison {
    number(
      .share(of: term, centered: centered),
      in: Selection(query: query, key: key, layers: layers, heads: heads, pooling: pooling),
      isAtLeast: lower, isAtMost: upper, because: reason, fileID: fileID, filePath: filePath, line: line,
      column: column)
  }

  /// The fraction of pairs in which a term alone has the largest magnitude.
  @discardableResult
  public func dominance(
    of term: Term, from query: RegionName? = nil, to key: RegionName? = nil,
    layers: any IndexSelecting = IndexSelection.all, heads: any IndexSelecting = IndexSelection.all,
    pooled pooling: Selection.Pooling = .none, centered: Bool = false, isAtLeast lower: Double? = nil,
    isAtMost upper: Double? = nil, because reason: String? = nil, fileID: StaticString = #fileID,
    filePath: StaticString = #filePath, line: UInt = #line, column: UInt = #column
  ) -> Comparison {
    number(
      .dominance(of: term, centered: centered),
      in: Selection(query: query, key: key, layers: layers, heads: heads, pooling: pooling),
      isAtLeast: lower, isAtMost: upper, because: reason, fileID: fileID, filePath: filePath, line: line,
      column: column)
  }
}
