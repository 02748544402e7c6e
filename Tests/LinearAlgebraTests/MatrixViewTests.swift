import LinearAlgebra
import Testing

/// Rectangles of a matrix, to write and to read.
@Suite struct MatrixViewTests {
  private let matrix = Matrix(rows: 7, columns: 9, (0..<63).map(Float.init))

  @Test func `Views of rows and columns show their part, in either order`() {
    let readable = ReadOnlyMatrix(matrix.view)
    for rows in [0..<7, 2..<5, 6..<7, 3..<3] {
      for columns in [0..<9, 1..<8, 8..<9, 4..<4] {
        let views = [readable.rows(rows).columns(columns), readable.columns(columns).rows(rows)]
        for view in views + [ReadOnlyMatrix(matrix.view.rows(rows).columns(columns))] {
          #expect(view.rows == rows.count && view.columns == columns.count && view.stride == 9)
          for row in 0..<view.rows {
            for column in 0..<view.columns {
              let expected = Float((rows.lowerBound + row) * 9 + columns.lowerBound + column)
              #expect(view[row, column] == expected && view[row][column] == expected)
            }
          }
        }
      }
    }
  }

  @Test(arguments: [1, 7, 8, 9]) func `Sums and zeros keep to their rectangle`(width: Int) {
    let source = Matrix(rows: 3, columns: width, (0..<3 * width).map { Float($0 + 1) })
    matrix.view.rows(2..<5).columns(0..<width).add(source.view, scaledBy: 0.5)
    for row in 0..<7 {
      for column in 0..<9 {
        let isInside = (2..<5).contains(row) && column < width
        let added = isInside ? 0.5 * Float((row - 2) * width + column + 1) : 0
        #expect(matrix.view[row][column] == Float(row * 9 + column) + added)
      }
    }
    matrix.view.rows(1..<3).columns(9 - width..<9).clear()
    for row in 0..<7 {
      for column in 0..<9 {
        let isCleared = (1..<3).contains(row) && column >= 9 - width
        #expect((matrix.view[row][column] == 0) == (isCleared || (row == 0 && column == 0)))
      }
    }
  }
}
