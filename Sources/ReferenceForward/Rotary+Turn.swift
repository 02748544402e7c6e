import Architectures
import Foundation

extension Rotary {
  /// Turns its coordinates of every head of a whole prompt by the angles of each position.
  /// - Parameter positionIDs: By token, its position; nil where they count the tokens.
  func turn(_ x: inout TokenVectors, headDimension: Int, at positionIDs: [Int]? = nil) {
    let positions = positionIDs ?? Array(x.positions)
    let table = frequencies.table(promptLength: (positions.max() ?? -1) + 1)
    for (row, position) in positions.enumerated() {
      for (pair, frequency) in table.inverseFrequencies.enumerated() {
        let angle = Double(position) * Double(frequency)
        let (c, s) = (cos(angle) * table.attentionFactor, sin(angle) * table.attentionFactor)
        for start in stride(from: row * x.width, to: (row + 1) * x.width, by: headDimension) {
          let head = start + first
          let (i, j) =
            switch layout {
            case .halves: (head + pair, head + pair + dimensions / 2)
            case .interleaved: (head + 2 * pair, head + 2 * pair + 1)
            }
          let (a, b) = (x.values[i], x.values[j])
          x.values[i] = a * c - b * s
          x.values[j] = b * c + a * s
        }
      }
    }
  }
}
