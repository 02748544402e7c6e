import Architectures
import Foundation
import Leibniz
import LinearAlgebra
import PairFixtures
import Results
import Testing

@testable import LeibnizTesting
@testable import WeightAttribution

/// `analyzeWeights` against whole matrices in double precision.
@Suite struct WeightAnalysisTests {
  /// Both sides are in double; what is left is rounding of sums over some hundred products.
  private static let tolerance = 1e-10

  private func isClose(_ value: Double, _ expected: Double, scale: Double, tolerance: Double = tolerance) -> Bool {
    abs(value - expected) <= tolerance * scale
  }

  /// Holds every row of an analysis to dense matrices.
  private func compare(_ pair: ModelPair, _ analysis: WeightAnalysis, foldsNorm: Bool = false) throws {
    let dense = DenseWeights(pair: pair, foldsNorm: foldsNorm)
    let description = pair.model.description
    #expect(analysis.forms.count == 2 * description.layers.reduce(0) { $0 + $1.attention.queryHeads })
    for row in analysis.forms {
      let (base, terms) = try dense.form(row.form, layer: row.layer, head: row.head)
      let change = terms[0] + terms[1] + terms[2]
      let place = "\(row.form.rawValue) L\(row.layer)H\(row.head)"
      let values = try #require(base.singularValues())
      #expect(isClose(row.base.frobenius, base.squaredNorm.squareRoot(), scale: values[0]), "\(place)")
      #expect(isClose(row.base.spectral, values[0], scale: values[0]), "\(place)")
      let norm = change.squaredNorm.squareRoot()
      #expect(isClose(row.delta.frobenius, norm, scale: norm), "\(place)")
      for term in FormTerm.allCases {
        let matrix = terms[term.rawValue]
        let size = matrix.squaredNorm.squareRoot()
        #expect((row[term].size.frobenius == 0) == (size == 0), "\(place) \(term)")
        #expect(isClose(row[term].size.frobenius, size, scale: size), "\(place) \(term)")
        let spectral = try #require(matrix.singularValues())[0]
        #expect(isClose(row[term].size.spectral, spectral, scale: spectral), "\(place) \(term)")
        let share = norm == 0 ? 0 : matrix.inner(change) / change.squaredNorm
        #expect(isClose(row[term].share, share, scale: 1), "\(place) \(term)")
      }
      let sum = row.terms.reduce(0) { $0 + $1.share }
      #expect(isClose(sum, norm == 0 ? 0 : 1, scale: 1), "\(place): shares sum to \(sum)")
      guard norm > 0 else {
        #expect(row.top == nil && row.delta == .zero && row.singularValues.isEmpty)
        continue
      }
      try compareDirections(row, base, terms, change, place)
    }
    try compareWeights(pair, analysis)
  }

  private func compareDirections(
    _ row: FormChange, _ base: DoubleMatrix, _ terms: [DoubleMatrix], _ change: DoubleMatrix, _ place: String
  ) throws {
    let (left, values, right) = try #require(change.singularVectors())
    for (value, other) in zip(row.singularValues, values) {
      #expect(isClose(value, other, scale: values[0]), "\(place)")
    }
    let cosine = base.inner(change) / (base.squaredNorm * change.squaredNorm).squareRoot()
    #expect(isClose(row.cosine, cosine, scale: 1), "\(place)")
    let top = try #require(row.top)
    #expect(isClose(top.energy, values[0] * values[0] / change.squaredNorm, scale: 1), "\(place)")
    // Directions are as well determined as their singular value is apart from the next.
    guard values[1] < 0.9 * values[0] else { return }
    let (u, v) = (left.columns(0..<1), right.columns(0..<1))
    for term in FormTerm.allCases {
      let part = u.times(terms[term.rawValue], transposed: true).times(v).elements[0] / values[0]
      #expect(isClose(top.shares[term.rawValue], part, scale: 10), "\(place)")
    }
    let (baseLeft, _, baseRight) = try #require(base.singularVectors())
    let leading = 0..<top.baseDirections
    let inside = (
      baseLeft.columns(leading).times(u, transposed: true).squaredNorm,
      baseRight.columns(leading).times(v, transposed: true).squaredNorm
    )
    #expect(isClose(top.firstInBase, inside.0, scale: 1, tolerance: 1e-7), "\(place)")
    #expect(isClose(top.secondInBase, inside.1, scale: 1, tolerance: 1e-7), "\(place)")
  }

  private func compareWeights(_ pair: ModelPair, _ analysis: WeightAnalysis) throws {
    let dense = DenseWeights(pair: pair, foldsNorm: false)
    for row in analysis.weights {
      let layer = pair.model.description.layers[row.layer]
      let projection: Projection? =
        switch row.site {
        case "q" where layer.attention.gate == nil: layer.attention.query
        case "k": layer.attention.key
        case "v": layer.attention.value
        case "o": Projection(layer.attention.output)
        case "gate" where layer.experts == nil: layer.mlp?.gate
        case "up" where layer.experts == nil: layer.mlp?.up
        case "down" where layer.experts == nil: layer.mlp.map { Projection($0.down) }
        default:
          WeightSite.all(layer).first { $0.name == row.site && $0.projection.linear.module == row.module }?.projection
        }
      guard let projection else {
        // A convolution, a vector, a number.
        let names = row.site.hasSuffix(".bias") ? ["bias"] : [row.site, "weight"]
        let change = try #require(names.compactMap { pair.adaptation.numbers["\(row.module).\($0)"] }.first)
        let norm = change.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
        #expect(isClose(row.frobenius, norm, scale: norm, tolerance: 1e-6), "\(row.module) \(row.site)")
        continue
      }
      let (weight, change) = try dense.projection(projection)
      let place = "\(row.module) \(row.site)"
      let (norm, baseNorm) = (change.squaredNorm.squareRoot(), weight.squaredNorm.squareRoot())
      #expect(isClose(row.frobenius, norm, scale: norm, tolerance: 1e-6), "\(place)")
      #expect(isClose(row.relative, norm / baseNorm, scale: norm / baseNorm, tolerance: 1e-6), "\(place)")
      guard norm > 0 else {
        #expect(row.singularValues.isEmpty && row.stableRank == 0 && row.effectiveRank == 0 && row.directions == nil)
        continue
      }
      let (left, values, right) = try #require(change.singularVectors())
      for (value, other) in zip(row.singularValues, values) {
        #expect(isClose(value, other, scale: values[0], tolerance: 1e-6), "\(place)")
      }
      #expect(isClose(row.stableRank, norm * norm / (values[0] * values[0]), scale: 1, tolerance: 1e-5), "\(place)")
      let sum = values.reduce(0, +)
      let entropy = values.reduce(0) { $0 - ($1 > 0 ? $1 / sum * log($1 / sum) : 0) }
      #expect(isClose(row.effectiveRank ?? .nan, exp(entropy), scale: exp(entropy), tolerance: 1e-4), "\(place)")
      let directions = try #require(row.directions)
      let (baseLeft, baseValues, baseRight) = try #require(weight.singularVectors())
      #expect(directions.basis < min(row.outputs, row.inputs))
      // Where the basis ends between close singular values, or a vector of dW is not apart from the next, neither
      // way determines it.
      guard baseValues[directions.basis] < 0.99 * baseValues[directions.basis - 1] else { continue }
      for (index, outside) in directions.outsideLeft.enumerated() {
        let gaps = [index - 1, index + 1].filter { values.indices.contains($0) }.map { abs(values[$0] - values[index]) }
        guard (gaps.min() ?? 0) > 0.02 * values[0] else { continue }
        let inner = baseLeft.columns(0..<directions.basis).times(left.columns(index..<index + 1), transposed: true)
        #expect(isClose(outside, 1 - inner.squaredNorm, scale: 1, tolerance: 1e-3), "\(place) \(index)")
        let right = baseRight.columns(0..<directions.basis).times(right.columns(index..<index + 1), transposed: true)
        #expect(
          isClose(directions.outsideRight[index], 1 - right.squaredNorm, scale: 1, tolerance: 1e-3), "\(place) \(index)"
        )
      }
    }
  }

  @Test(arguments: [false, true]) func `A tiny pair agrees with dense matrices`(_ foldsNorm: Bool) throws {
    try withTinyPair { pair in
      let analysis = try analyzeWeights(base: pair.base, adapted: pair.adapter, foldsNorm: foldsNorm, threads: 2)
      #expect(analysis.weights.count == 3 * 7)
      try compare(ModelPair(base: pair.base, adapted: pair.adapter), analysis, foldsNorm: foldsNorm)
    }
  }

  /// LoRA, DoRA, PiSSA, OLoRA, second checkpoints, fused and transposed weights, changed norms.
  @Test(arguments: DrawnCase.all) func `Every kind of change agrees with dense matrices`(_ drawn: DrawnCase) throws {
    try drawn.withWeights { folder in
      let (base, adapted) = (folder.appending(path: "base"), folder.appending(path: "adapted"))
      for foldsNorm in [false, true] {
        let analysis = try analyzeWeights(base: base, adapted: adapted, foldsNorm: foldsNorm, threads: 2)
        try compare(ModelPair(base: base, adapted: adapted), analysis, foldsNorm: foldsNorm)
      }
    }
  }

  @Test func `A pair of merged base and adapter agrees too`() throws {
    try withTinyPair { pair in
      let analysis = try analyzeWeights(
        base: pair.base, adapted: pair.adapter, baseAdapters: [pair.adapter], threads: 2)
      #expect(analysis.base.name == "base+adapter")
      try compare(ModelPair(base: pair.base, adapted: pair.adapter, baseAdapters: [pair.adapter]), analysis)
    }
  }

  @Test func `An adapter on keys alone has one term`() throws {
    var options = TinyPair.Options()
    options.targets = [.key]
    try withTinyPair(options) { pair in
      let analysis = try analyzeWeights(base: pair.base, adapted: pair.adapter, threads: 2)
      for row in analysis.heads(.qk) {
        #expect(row[.second].share == 1 && row[.first].size == .zero && row[.both].size == .zero)
      }
      #expect(analysis.heads(.ov).allSatisfy { $0.delta == .zero && $0.base.frobenius > 0 })
      #expect(analysis.weights.map(\.site) == ["k", "k", "k"])
      #expect(analysis.pooled(.qk).dominant == .second && analysis.pooled(.ov).dominant == nil)
    }
  }

  @Test func `Without a change every number is exactly zero`() throws {
    try withTinyPair { pair in
      try pair.clearAdapter()
      for adapted in [pair.adapter, pair.base] {
        let analysis = try analyzeWeights(base: pair.base, adapted: adapted, threads: 2)
        #expect(analysis.forms.count == 24)
        for row in analysis.forms {
          #expect(row.delta == .zero && row.cosine == 0 && row.top == nil && row.base.spectral > 0)
          #expect(row.terms.allSatisfy { $0.size == .zero && $0.share == 0 })
        }
        #expect(analysis.weights.allSatisfy { $0.frobenius == 0 && $0.relative == 0 && $0.directions == nil })
        #expect(!analysis.warnings.isEmpty)
      }
    }
  }

  @Test func `The number of threads changes no bit`() throws {
    try withTinyPair { pair in
      let one = try analyzeWeights(base: pair.base, adapted: pair.adapter, threads: 1)
      let three = try analyzeWeights(base: pair.base, adapted: pair.adapter, threads: 3)
      #expect(one == three)
    }
  }

  /// Twice the adapter doubles the first-order terms and quadruples the third, and moves no direction of dW.
  @Test func `Terms scale with the adapter`() throws {
    try withTinyPair { pair in
      // The helper draws an adapter of its own.
      try pair.scaleAdapter(1)
      let once = try analyzeWeights(base: pair.base, adapted: pair.adapter, threads: 2)
      try pair.scaleAdapter(2)
      let twice = try analyzeWeights(base: pair.base, adapted: pair.adapter, threads: 2)
      for (row, other) in zip(once.forms, twice.forms) {
        for (term, factor) in [(FormTerm.second, 2.0), (.first, 2), (.both, 4)] {
          let expected = factor * row[term].size.frobenius
          #expect(isClose(other[term].size.frobenius, expected, scale: expected))
        }
      }
      for (row, other) in zip(once.weights, twice.weights) {
        #expect(isClose(other.relative, 2 * row.relative, scale: row.relative))
        #expect(isClose(other.stableRank, row.stableRank, scale: 1))
      }
    }
  }
}
