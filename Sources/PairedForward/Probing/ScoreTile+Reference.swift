import LinearAlgebra

extension ScoreTile {
  /// Shows the tile with its operands taken elsewhere than at the base: on the way to the changed model, `weight` of it along,
  /// the terms are c·dkᵀ(q + w·dq), c·(k + w·dk)ᵀdq and (1 − 2w)·c·dkᵀdq.
  ///
  /// Patterns stay the base's. What is handed over is valid during the call only.
  public func withTerms<Result>(at weight: Float, _ body: (ScoreTile) -> Result) -> Result {
    guard weight != 0 else { return body(self) }
    let offset = changedKeys.lowerBound - keys.lowerBound
    let byQuery = Matrix(copying: KtdQ)
    let byKey = Matrix(copying: dKtQ)
    let byBoth = Matrix(copying: dKtdQ)
    byQuery.view.columns(offset..<keys.count).add(byBoth.view, scaledBy: weight)
    byKey.view.add(byBoth.view, scaledBy: weight)
    byBoth.view.scale(by: 1 - 2 * weight)
    let (query, key) = (Matrix(copying: operands.query), Matrix(copying: operands.key))
    query.view.add(operands.queryDelta, from: operands.firstQuery, scaledBy: weight)
    key.view.add(operands.keyDelta, from: operands.firstKey, scaledBy: weight)
    var tile = self
    tile.KtdQ = ReadOnlyMatrix(byQuery.view)
    tile.dKtQ = ReadOnlyMatrix(byKey.view)
    tile.dKtdQ = ReadOnlyMatrix(byBoth.view)
    tile.operands.reference = (ReadOnlyMatrix(query.view), ReadOnlyMatrix(key.view))
    return withExtendedLifetime((byQuery, byKey, byBoth, query, key)) { body(tile) }
  }
}

extension Matrix {
  /// What a view shows.
  fileprivate convenience init(copying source: ReadOnlyMatrix) {
    self.init(rows: source.rows, columns: source.columns)
    for row in 0..<rows { view[row].update(from: source[row], count: columns) }
  }
}

extension MatrixView {
  /// Multiplies every element.
  fileprivate func scale(by factor: Float) {
    for row in 0..<rows {
      for column in 0..<columns { self[row][column] *= factor }
    }
  }

  /// Adds factor·source to the rows from `first` on.
  fileprivate func add(_ source: ReadOnlyMatrix, from first: Int, scaledBy factor: Float) {
    for row in 0..<source.rows {
      for column in 0..<columns { self[first + row][column] += factor * source[row, column] }
    }
  }
}
