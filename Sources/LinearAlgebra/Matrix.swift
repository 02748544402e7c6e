/// A dense row-major matrix of Float that owns its storage.
///
/// It is shared by tasks that write disjoint rows; who writes what is the caller's plan, which is why the views it
/// hands out are unsafe. A view must not outlive its matrix.
public final class Matrix: @unchecked Sendable {
  /// Number of rows.
  public let rows: Int
  /// Number of columns.
  public let columns: Int
  /// The elements, row by row, on a 64-byte boundary.
  public let elements: UnsafeMutablePointer<Float>

  /// A matrix of zeros.
  public init(rows: Int, columns: Int) {
    self.rows = rows
    self.columns = columns
    let bytes = max(1, rows * columns) * MemoryLayout<Float>.stride
    let raw = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 64)
    raw.initializeMemory(as: UInt8.self, repeating: 0, count: bytes)
    elements = raw.assumingMemoryBound(to: Float.self)
  }

  /// A matrix from its elements, row by row.
  public convenience init(rows: Int, columns: Int, _ values: [Float]) {
    precondition(values.count == rows * columns)
    self.init(rows: rows, columns: columns)
    elements.update(from: values, count: values.count)
  }

  deinit { elements.deallocate() }

  /// The whole matrix.
  public var view: MatrixView { MatrixView(elements, rows: rows, columns: columns, stride: columns) }
}

/// A rectangle of a row-major matrix. It owns nothing.
public struct MatrixView: @unchecked Sendable {
  /// First element.
  public var elements: UnsafeMutablePointer<Float>
  /// Number of rows.
  public var rows: Int
  /// Number of columns.
  public var columns: Int
  /// Distance between two rows in elements.
  public var stride: Int

  /// A view of memory that somebody else owns.
  public init(_ elements: UnsafeMutablePointer<Float>, rows: Int, columns: Int, stride: Int) {
    self.elements = elements
    self.rows = rows
    self.columns = columns
    self.stride = stride
  }

  /// The first element of a row.
  @inlinable public subscript(row: Int) -> UnsafeMutablePointer<Float> { elements + row * stride }

  /// Some of the rows.
  public func rows(_ range: Range<Int>) -> MatrixView {
    MatrixView(elements + range.lowerBound * stride, rows: range.count, columns: columns, stride: stride)
  }

  /// Some of the columns.
  public func columns(_ range: Range<Int>) -> MatrixView {
    MatrixView(elements + range.lowerBound, rows: rows, columns: range.count, stride: stride)
  }

  /// Adds factor·source, a matrix of the same shape.
  public func add(_ source: MatrixView, scaledBy factor: Float = 1) {
    for row in 0..<rows {
      let (from, to) = (source[row], self[row])
      var column = 0
      while column < columns {
        write(read(to, column, columns) + read(from, column, columns) * factor, to, column, columns)
        column += 8
      }
    }
  }

  /// Sets every element to zero.
  public func clear() {
    for row in 0..<rows { self[row].update(repeating: 0, count: columns) }
  }
}

/// A rectangle of a row-major matrix that its reader may not change. It owns nothing and must not outlive what it shows.
public struct ReadOnlyMatrix: @unchecked Sendable {
  /// First element.
  public let elements: UnsafePointer<Float>
  /// Number of rows.
  public let rows: Int
  /// Number of columns.
  public let columns: Int
  /// Distance between two rows in elements.
  public let stride: Int

  /// What a view shows, for readers.
  public init(_ view: MatrixView) {
    elements = UnsafePointer(view.elements)
    (rows, columns, stride) = (view.rows, view.columns, view.stride)
  }

  private init(_ elements: UnsafePointer<Float>, rows: Int, columns: Int, stride: Int) {
    self.elements = elements
    (self.rows, self.columns, self.stride) = (rows, columns, stride)
  }

  /// The first element of a row.
  @inlinable public subscript(row: Int) -> UnsafePointer<Float> { elements + row * stride }

  /// One element.
  @inlinable public subscript(row: Int, column: Int) -> Float { elements[row * stride + column] }

  /// Some of the rows.
  public func rows(_ range: Range<Int>) -> ReadOnlyMatrix {
    ReadOnlyMatrix(elements + range.lowerBound * stride, rows: range.count, columns: columns, stride: stride)
  }

  /// Some of the columns.
  public func columns(_ range: Range<Int>) -> ReadOnlyMatrix {
    ReadOnlyMatrix(elements + range.lowerBound, rows: rows, columns: range.count, stride: stride)
  }
}
