import Expectations
import Results

/// The first half of a sentence about a number of a part of the analysis; calling it completes it:
/// `expect(analysis).mass(of: .adapted, from: .after, to: .before, isAtMost: 0.2)`.
public struct PartSentence<Part: Sendable>: Sendable {
  let subject: AnalysisSubject
  let quantity: @Sendable (_ part: Part) -> Quantity

  /// The number lies within the bounds in every selected row; arguments as of ``NumberSentence``.
  @discardableResult
  public func callAsFunction(
    of part: Part, from query: RegionName? = nil, to key: RegionName? = nil,
    layers: any IndexSelecting = IndexSelection.all, heads: any IndexSelecting = IndexSelection.all,
    pooled pooling: Selection.Pooling = .none, isAtLeast lower: Double? = nil, isAtMost upper: Double? = nil,
    because reason: String? = nil, fileID: StaticString = #fileID, filePath: StaticString = #filePath,
    line: UInt = #line, column: UInt = #column
  ) -> Comparison {
    subject.number(
      quantity(part), in: Selection(query: query, key: key, layers: layers, heads: heads, pooling: pooling),
      isAtLeast: lower, isAtMost: upper, because: reason, fileID: fileID, filePath: filePath, line: line,
      column: column)
  }
}

extension AnalysisSubject {
  /// The part of the queries' attention that goes to the keys' region, or its change.
  public var mass: PartSentence<MassPart> { PartSentence(subject: self) { .mass($0) } }

  /// The share of a term in the change of what the heads write.
  public var valueShare: PartSentence<ValueTerm> {
    PartSentence(subject: self) { .values(.share, of: ValuePart(rawValue: $0.name) ?? .delta) }
  }

  /// The size of the change of what the heads write, or of a term of it.
  public var valueRms: PartSentence<ValuePart> { PartSentence(subject: self) { .values(.rms, of: $0) } }

  /// How much attention goes elsewhere, from 0 to 1.
  @discardableResult
  public func moved(
    from query: RegionName? = nil, to key: RegionName? = nil,
    layers: any IndexSelecting = IndexSelection.all, heads: any IndexSelecting = IndexSelection.all,
    pooled pooling: Selection.Pooling = .none, isAtLeast lower: Double? = nil, isAtMost upper: Double? = nil,
    because reason: String? = nil, fileID: StaticString = #fileID, filePath: StaticString = #filePath,
    line: UInt = #line, column: UInt = #column
  ) -> Comparison {
    number(
      .moved, in: Selection(query: query, key: key, layers: layers, heads: heads, pooling: pooling),
      isAtLeast: lower, isAtMost: upper, because: reason, fileID: fileID, filePath: filePath, line: line,
      column: column)
  }

  /// The share of a source within dKᵀQ or KᵀdQ: `expect(analysis).sourceShare(.inherited, of: .dKtQ, isAtLeast: 0.9)`.
  @discardableResult
  public func sourceShare(
    _ source: OperandSource, of term: Term, from query: RegionName? = nil, to key: RegionName? = nil,
    layers: any IndexSelecting = IndexSelection.all, heads: any IndexSelecting = IndexSelection.all,
    pooled pooling: Selection.Pooling = .none, isAtLeast lower: Double? = nil, isAtMost upper: Double? = nil,
    because reason: String? = nil, fileID: StaticString = #fileID, filePath: StaticString = #filePath,
    line: UInt = #line, column: UInt = #column
  ) -> Comparison {
    number(
      .sources(.share, of: term, from: source),
      in: Selection(query: query, key: key, layers: layers, heads: heads, pooling: pooling), isAtLeast: lower,
      isAtMost: upper, because: reason, fileID: fileID, filePath: filePath, line: line, column: column)
  }

  /// The share of a term of a projection's change, or its size, over the tokens of a region.
  @discardableResult
  public func product(
    _ statistic: PartStatistic, of part: ProductPart, at site: ProductChange.Site, in region: RegionName? = nil,
    layers: any IndexSelecting = IndexSelection.all, isAtLeast lower: Double? = nil,
    isAtMost upper: Double? = nil, because reason: String? = nil, fileID: StaticString = #fileID,
    filePath: StaticString = #filePath, line: UInt = #line, column: UInt = #column
  ) -> Comparison {
    number(
      .products(statistic, of: part, at: site), in: Selection(region: region, layers: layers), isAtLeast: lower,
      isAtMost: upper, because: reason, fileID: fileID, filePath: filePath, line: line, column: column)
  }

  /// The median over a region's tokens of ‖dx‖ / ‖x‖, of the residual stream entering the selected layers.
  @discardableResult
  public func medianDivergence(
    of region: RegionName? = nil, layers: any IndexSelecting = IndexSelection.all,
    isAtLeast lower: Double? = nil, isAtMost upper: Double? = nil, because reason: String? = nil,
    fileID: StaticString = #fileID, filePath: StaticString = #filePath, line: UInt = #line,
    column: UInt = #column
  ) -> Comparison {
    number(
      .medianDivergence, in: Selection(region: region, layers: layers), isAtLeast: lower, isAtMost: upper,
      because: reason, fileID: fileID, filePath: filePath, line: line, column: column)
  }

  /// The mean loss after the separator of the base, the adapted model, or adapted less base.
  @discardableResult
  public func loss(
    _ part: LossPart, isAtLeast lower: Double? = nil, isAtMost upper: Double? = nil,
    because reason: String? = nil, fileID: StaticString = #fileID, filePath: StaticString = #filePath,
    line: UInt = #line, column: UInt = #column
  ) -> Comparison {
    number(
      .loss(part), isAtLeast: lower, isAtMost: upper, because: reason, fileID: fileID, filePath: filePath,
      line: line, column: column)
  }

  /// The mean of KL(base ‖ adapted) over the predictions that a region's tokens make.
  @discardableResult
  public func predictionDivergence(
    of region: RegionName? = nil, isAtLeast lower: Double? = nil, isAtMost upper: Double? = nil,
    because reason: String? = nil, fileID: StaticString = #fileID, filePath: StaticString = #filePath,
    line: UInt = #line, column: UInt = #column
  ) -> Comparison {
    number(
      .predictionDivergence, in: Selection(region: region), isAtLeast: lower, isAtMost: upper, because: reason,
      fileID: fileID, filePath: filePath, line: line, column: column)
  }

  /// The analysis was verified and passed, with no larger disagreement than `upper`, or than the verification's own limit.
  @discardableResult
  public func isVerified(
    isAtMost upper: Double? = nil, because reason: String? = nil, fileID: StaticString = #fileID,
    filePath: StaticString = #filePath, line: UInt = #line, column: UInt = #column
  ) -> Comparison {
    holds(
      .verification(isAtMost: upper, reason: reason), fileID: fileID, filePath: filePath, line: line,
      column: column)
  }
}
