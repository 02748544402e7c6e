import Architectures
import Foundation
import LinearAlgebra

/// Cosines and sines of one rotary table for a list of positions. Angles are formed in double and rounded once.
///
/// The rotation is linear, so values and deltas turn alike.
struct RotaryTurns: Sendable {
  let dimensions: Int
  let layout: Rotary.Layout
  /// The first coordinate of a head that turns.
  let first: Int
  /// (positions, dimensions/2).
  let cosines: Matrix
  /// (positions, dimensions/2).
  let sines: Matrix

  /// Turns for some positions.
  init(_ rotary: Rotary, table: RotaryTable, positions: some Collection<Int>) {
    dimensions = rotary.dimensions
    layout = rotary.layout
    first = rotary.first
    let half = dimensions / 2
    cosines = Matrix(rows: positions.count, columns: half)
    sines = Matrix(rows: positions.count, columns: half)
    for (row, position) in positions.enumerated() {
      for pair in 0..<half {
        let angle = Double(position) * Double(table.inverseFrequencies[pair])
        cosines.view[row][pair] = Float(cos(angle) * table.attentionFactor)
        sines.view[row][pair] = Float(sin(angle) * table.attentionFactor)
      }
    }
  }

  /// Turns `heads` heads that stand side by side, in place.
  /// - Parameter position: Its index in the list of positions.
  func apply(_ row: UnsafeMutablePointer<Float>, heads: Int, headDimension: Int, position: Int) {
    let cosine = UnsafePointer(cosines.view[position])
    let sine = UnsafePointer(sines.view[position])
    for head in 0..<heads {
      let start = row + head * headDimension + first
      switch layout {
      case .halves: turnHalves(start, cosine, sine)
      case .interleaved: turnPairs(start, cosine, sine)
      }
    }
  }

  private func turnHalves(
    _ x: UnsafeMutablePointer<Float>, _ cosine: UnsafePointer<Float>, _ sine: UnsafePointer<Float>
  ) {
    let half = dimensions / 2
    var pair = 0
    while pair < half {
      let first = read(x, pair, half)
      let second = read(x + half, pair, half)
      let c = read(cosine, pair, half)
      let s = read(sine, pair, half)
      write(first * c - second * s, x, pair, half)
      write(second * c + first * s, x + half, pair, half)
      pair += 8
    }
  }

  private func turnPairs(
    _ x: UnsafeMutablePointer<Float>, _ cosine: UnsafePointer<Float>, _ sine: UnsafePointer<Float>
  ) {
    for pair in 0..<dimensions / 2 {
      let (first, second) = (x[2 * pair], x[2 * pair + 1])
      x[2 * pair] = first * cosine[pair] - second * sine[pair]
      x[2 * pair + 1] = second * cosine[pair] + first * sine[pair]
    }
  }
}

extension RotaryTurns {
  /// Turns one head by the transposed rotation, in place: ⟨turned x, y⟩ = ⟨x, y turned back⟩.
  /// - Parameter position: Its index in the list of positions.
  func turnBack(_ x: UnsafeMutablePointer<Float>, position: Int) {
    let (cosine, sine) = (cosines.view[position], sines.view[position])
    let half = dimensions / 2
    for pair in 0..<half {
      let (a, b) = layout == .halves ? (pair, half + pair) : (2 * pair, 2 * pair + 1)
      let (first, second) = (x[a], x[b])
      x[a] = first * cosine[pair] + second * sine[pair]
      x[b] = second * cosine[pair] - first * sine[pair]
    }
  }
}
