import Architectures
import Foundation
import LinearAlgebra
import Testing

@testable import PairedForward

@Suite struct RotaryTests {
  @Test(arguments: [Rotary.Layout.halves, .interleaved]) func pairsTurnByTheirAngle(layout: Rotary.Layout) {
    let table = RotaryTable(inverseFrequencies: [1, 0.25, 0.01], attentionFactor: 1.5)
    let rotary = Rotary(dimensions: 6, layout: layout, frequencies: .fixed(table))
    let turns = RotaryTurns(rotary, table: table, positions: 0..<50)
    let row = Matrix(rows: 1, columns: 16, (0..<16).map { Float($0) - 5 })
    turns.apply(row.elements, heads: 2, headDimension: 8, position: 41)
    for head in 0..<2 {
      for pair in 0..<3 {
        let places = layout == .halves ? (pair, pair + 3) : (2 * pair, 2 * pair + 1)
        let (first, second) = (Double(head * 8 + places.0) - 5, Double(head * 8 + places.1) - 5)
        let angle = 41 * Double(table.inverseFrequencies[pair])
        let expected = 1.5 * (first * cos(angle) - second * sin(angle))
        let other = 1.5 * (second * cos(angle) + first * sin(angle))
        #expect(abs(Double(row.elements[head * 8 + places.0]) - expected) < 1e-5)
        #expect(abs(Double(row.elements[head * 8 + places.1]) - other) < 1e-5)
      }
      // What lies beyond the rotary dimensions passes unchanged.
      #expect(row.elements[head * 8 + 6] == Float(head * 8 + 6) - 5)
    }
  }
}
