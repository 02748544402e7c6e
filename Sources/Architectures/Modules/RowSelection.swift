/// Rows of a linear layer's output in blocks of equal length at equal distance:
/// block b is start + b·stride ..< start + b·stride + length.
package struct RowSelection: Sendable, Hashable {
  /// First row of the first block.
  package var start: Int
  /// Rows in a block.
  package var length: Int
  /// Distance between the first rows of two blocks.
  package var stride: Int
  /// Number of blocks.
  package var blocks: Int

  /// A selection of blocks.
  package init(start: Int, length: Int, stride: Int, blocks: Int) {
    self.start = start
    self.length = length
    self.stride = stride
    self.blocks = blocks
  }

  /// A run of rows.
  package init(_ range: Range<Int>) {
    self.init(start: range.lowerBound, length: range.count, stride: range.count, blocks: 1)
  }

  /// Number of selected rows.
  package var count: Int { length * blocks }

  /// The runs of rows in order.
  package var runs: [Range<Int>] {
    (0..<blocks).map { start + $0 * stride..<start + $0 * stride + length }
  }
}
