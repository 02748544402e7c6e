import Expectations
import Results

extension AnalysisSubject {
  /// A term is zero in every selected block because the mask or the adapter's targets force it.
  @discardableResult
  public func isStructurallyZero(
    _ term: Term, from query: RegionName? = nil, to key: RegionName? = nil,
    layers: any IndexSelecting = IndexSelection.all, heads: any IndexSelecting = IndexSelection.all,
    because reason: String? = nil, fileID: StaticString = #fileID, filePath: StaticString = #filePath,
    line: UInt = #line, column: UInt = #column
  ) -> Comparison {
    let selection = Selection(query: query, key: key, layers: layers, heads: heads)
    return holds(
      .structuralZero(of: term, in: selection, reason: reason), fileID: fileID, filePath: filePath,
      line: line,
      column: column)
  }

  /// The term that explains most of the change, to be compared: `.dominantTerm(from: .after, to: .before) == .KtdQ`.
  /// - Parameter centered: nil for what reports say that leads, in nats of attention where the analysis has them; otherwise by the
  ///   energy of ΔS, centred or raw.
  public func dominantTerm(
    from query: RegionName? = nil, to key: RegionName? = nil, layers: any IndexSelecting = IndexSelection.all,
    heads: any IndexSelecting = IndexSelection.all, pooled pooling: Selection.Pooling = .none,
    centered: Bool? = nil, because reason: String? = nil, fileID: StaticString = #fileID,
    filePath: StaticString = #filePath, line: UInt = #line, column: UInt = #column
  ) -> DominantTermSubject {
    DominantTermSubject(
      expectations: self, centered: centered, reason: reason,
      selection: Selection(query: query, key: key, layers: layers, heads: heads, pooling: pooling),
      position: SourcePosition(fileID: fileID, filePath: filePath, line: line, column: column))
  }

  /// √(Σ‖dx‖² / Σ‖x‖²) of the residual stream entering the selected layers, over the tokens of a region.
  @discardableResult
  public func streamDivergence(
    of region: RegionName? = nil, layers: any IndexSelecting = IndexSelection.all,
    isAtLeast lower: Double? = nil,
    isAtMost upper: Double? = nil, because reason: String? = nil, fileID: StaticString = #fileID,
    filePath: StaticString = #filePath, line: UInt = #line, column: UInt = #column
  ) -> Comparison {
    number(
      .streamDivergence, in: Selection(region: region, layers: layers), isAtLeast: lower, isAtMost: upper,
      because: reason, fileID: fileID, filePath: filePath, line: line, column: column)
  }

  /// The largest |ΔS − Σ terms| / rms ΔS of the analysis's sampled rows.
  @discardableResult
  public func closure(
    isAtMost upper: Double, because reason: String? = nil, fileID: StaticString = #fileID,
    filePath: StaticString = #filePath, line: UInt = #line, column: UInt = #column
  ) -> Comparison {
    number(
      .closure, isAtMost: upper, because: reason, fileID: fileID, filePath: filePath, line: line,
      column: column)
  }
}

/// The first half of a sentence about dominant terms; `==` completes it.
public struct DominantTermSubject: Sendable {
  let expectations: AnalysisSubject
  let centered: Bool?
  let reason: String?
  let selection: Selection
  let position: SourcePosition

  /// Every selected block has this dominant term.
  @discardableResult
  public static func == (subject: DominantTermSubject, term: Term) -> Comparison { subject == .term(term) }

  /// Every selected block has this verdict: `.mixed`, `.unchanged` or a term.
  @discardableResult
  public static func == (subject: DominantTermSubject, verdict: Dominance) -> Comparison {
    let expectation = AnalysisExpectation.dominantTerm(
      is: verdict, in: subject.selection, centered: subject.centered, reason: subject.reason)
    let comparison = expectation.compare(with: subject.expectations.analysis)
    comparison.record(at: subject.position)
    return comparison
  }
}
