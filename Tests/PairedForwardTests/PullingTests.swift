import Architectures
import LinearAlgebra
import Testing
import Vocabulary

@testable import PairedForward

/// The ways back from what a reader makes of a change to the change: a product with what came out is the product of what went in with what
/// was pulled back.
@Suite struct PullingTests {
  @Test(arguments: NormCase.all)
  func `A part behind a norm meets a vector as the part before it meets the vector pulled back`(
    _ test: NormCase
  ) throws {
    try test.with { norm, _ in
      var samples = Samples(seed: 3)
      func row() -> Matrix { Matrix(rows: 1, columns: test.count, samples.floats(test.count)) }
      let (x, dx, y) = (row(), row(), row())
      let sources = Source.allCases.map { _ in Matrix(rows: 1, columns: test.count) }
      let inherited = sources[Source.inherited.rawValue]
      inherited.elements.update(from: dx.elements, count: test.count)
      norm.applySources(
        x.elements, dx.elements, count: test.count, adaptation: 1, mask: 1, sources: sources.map(\.elements))
      let behind = product(inherited, y)
      for start in stride(from: 0, to: test.count, by: test.width) {
        norm.pullBack(
          y.elements + start, from: start, count: test.width,
          inverse: norm.roots(x.elements + start, dx.elements + start).inverse)
      }
      #expect(abs(behind.sum - product(dx, y).sum) <= 1e-5 * behind.size)
      withExtendedLifetime((x, sources)) {}
    }
  }

  @Test(arguments: NormCase.all.filter { $0.groups == 1 }, [0, 1])
  func `Parts, another length and a changed norm sum to the change`(_ test: NormCase, adaptation: Int) throws {
    try test.with { norm, _ in
      var samples = Samples(seed: 4)
      func row() -> Matrix { Matrix(rows: 1, columns: test.count, samples.floats(test.count)) }
      let (x, first, second, dx) = (row(), row(), row(), Matrix(rows: 1, columns: test.count))
      for column in 0..<test.count { dx.elements[column] = first.elements[column] + second.elements[column] }
      let (whole, rest) = (Matrix(rows: 1, columns: test.count), Matrix(rows: 1, columns: test.count))
      norm.applyDelta(
        x.elements, dx.elements, count: test.count, adaptation: adaptation, mask: 0.7, into: whole.elements)
      norm.applyWritten(
        x.elements, dx.elements, adaptation: adaptation, mask: 0.7, parts: [first.elements, second.elements],
        rest: rest.elements)
      #expect(norm.isChanged(by: adaptation) == (adaptation == 0 && test.modules > 0))
      for column in 0..<test.count {
        let parts = [first, second, rest].map { Double($0.elements[column]) }
        let size = parts.reduce(1) { $0 + abs($1) }
        #expect(abs(parts.reduce(0, +) - Double(whole.elements[column])) <= 1e-5 * size)
      }
      withExtendedLifetime((x, dx)) {}
    }
  }

  @Test(arguments: [Rotary.Layout.halves, .interleaved]) func `A head that is turned back meets what was not turned`(
    layout: Rotary.Layout
  ) {
    let table = RotaryTable(inverseFrequencies: [1, 0.25, 0.01], attentionFactor: 1.5)
    let rotary = Rotary(dimensions: 6, layout: layout, frequencies: .fixed(table))
    let turns = RotaryTurns(rotary, table: table, positions: 0..<50)
    var samples = Samples(seed: 5)
    let (x, y) = (Matrix(rows: 1, columns: 8, samples.floats(8)), Matrix(rows: 1, columns: 8, samples.floats(8)))
    let turned = Matrix(rows: 1, columns: 8)
    turned.elements.update(from: x.elements, count: 8)
    turns.apply(turned.elements, heads: 1, headDimension: 8, position: 41)
    let expected = product(turned, y)
    turns.turnBack(y.elements, position: 41)
    #expect(abs(expected.sum - product(x, y).sum) <= 1e-5 * expected.size)
  }

  private func product(_ a: Matrix, _ b: Matrix) -> (sum: Double, size: Double) {
    (0..<a.columns).reduce((0, 0)) { sums, column in
      let product = Double(a.elements[column]) * Double(b.elements[column])
      return (sums.0 + product, sums.1 + abs(product))
    }
  }
}
