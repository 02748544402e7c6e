import LinearAlgebra

/// Rows of numbers in double precision, 0 at first. A row has room for whole lanes of eight; what stands there behind its own numbers is 0.
final class DoubleRows {
  /// Distance between two rows, a multiple of eight.
  let width: Int
  private let elements: UnsafeMutablePointer<Double>

  init(rows: Int, columns: Int) {
    width = (columns + 7) / 8 * 8
    let bytes = max(1, rows * width) * MemoryLayout<Double>.stride
    let raw = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 64)
    raw.initializeMemory(as: UInt8.self, repeating: 0, count: bytes)
    elements = raw.assumingMemoryBound(to: Double.self)
  }

  deinit { elements.deallocate() }

  /// The first number of a row.
  subscript(row: Int) -> UnsafeMutablePointer<Double> { elements + row * width }
}
