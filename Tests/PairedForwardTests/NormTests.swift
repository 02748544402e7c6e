import Architectures
import Checkpoints
import Foundation
import LinearAlgebra
import Testing
import Vocabulary

@testable import LeibnizTesting
@testable import PairedForward

/// A norm with gain, bias and the changes of two adaptations, and the same in double.
struct NormCase: Sendable, CustomTestStringConvertible {
  var kind: Norm.Kind
  var width: Int
  /// Groups in a row.
  var groups = 1
  /// Modules whose gains stand one after the other; none for a norm without gain.
  var modules = 1
  /// Groups that a module's gain covers.
  var length = 1
  var hasBias = false

  var count: Int { width * groups }
  var testDescription: String {
    "\(kind), \(groups) groups of \(width), \(modules) modules of \(width * length)\(hasBias ? ", bias" : "")"
  }

  static let all: [NormCase] =
    rowLengths.flatMap { width in
      [
        NormCase(kind: .rootMeanSquare, width: width), NormCase(kind: .rootMeanSquare, width: width, modules: 0),
        NormCase(kind: .layer, width: width, hasBias: true),
      ]
    } + [
      // A gain that serves every group, one that runs on over three, and one that is shorter than the row.
      NormCase(kind: .rootMeanSquare, width: 9, groups: 3),
      NormCase(kind: .rootMeanSquare, width: 9, groups: 3, length: 3),
      NormCase(kind: .layer, width: 7, groups: 6, length: 3, hasBias: true),
      // A module a head.
      NormCase(kind: .layer, width: 7, groups: 4, modules: 4, hasBias: true),
      NormCase(kind: .layer, width: 8, modules: 0),
    ]

  /// Opens the norm with three adaptations: one that changes gain and bias of all modules but the last of several, one that
  /// changes nothing, and one that changes all but differs.
  func with(_ body: (PairedNorm, PlainNorm) throws -> Void) throws {
    var samples = Samples(seed: width + groups)
    let names = (0..<modules).map { "test.norm\($0)" }
    let size = width * length
    var gain: [Float] = []
    var bias: [Float] = []
    var tensors: [TinyTensor] = []
    for name in names {
      let (own, more) = (samples.floats(size), samples.floats(size))
      tensors.append(TinyTensor(name: "\(name).weight", shape: [size], values: own))
      gain += own
      guard hasBias else { continue }
      tensors.append(TinyTensor(name: "\(name).bias", shape: [size], values: more))
      bias += more
    }
    let adaptations = (0..<3).map { number in
      var adaptation = Adaptation(name: "\(number)", kind: .lora, fingerprint: "")
      for name in number == 1 ? [] : names.dropLast(number == 0 && modules > 1 ? 1 : 0) {
        adaptation.norms[name] = NormChange(
          gain: samples.floats(size), bias: hasBias ? samples.floats(size) : nil)
      }
      return adaptation
    }
    let norm = Norm(kind, modules: names, width: width, epsilon: 1e-5, shape: [size], hasBias: hasBias)
    let plain = PlainNorm(
      kind: kind, width: width, epsilon: 1e-5, gain: gain, bias: bias,
      changes: adaptations.map { adaptation in
        func joined(_ part: KeyPath<NormChange, [Float]?>) -> [Float] {
          names.flatMap { adaptation.norms[$0]?[keyPath: part] ?? [Float](repeating: 0, count: size) }
        }
        return (joined(\.gain), hasBias ? joined(\.bias) : [])
      })
    try withTinyModel(extra: tensors) { model in
      try body(PairedNorm(norm, model: model, adaptations: adaptations), plain)
    }
  }
}

/// Norms and their changes against the exact rules in double.
@Suite struct NormTests {
  @Test(arguments: NormCase.all) func `A norm is the plain one`(_ test: NormCase) throws {
    try test.with { fast, plain in
      var samples = Samples(seed: 3)
      // An offset makes a forgotten mean visible.
      let x = samples.floats(test.count, scale: 3).map { $0 + 1 }
      var y = [Float](repeating: .nan, count: test.count)
      fast.apply(x, count: test.count, into: &y)
      var agreement = Agreement()
      for (column, expected) in plain.rows(x).enumerated() {
        agreement.check(y[column], expected.value, within: plain.roundings * expected.size, "column \(column)")
      }
      agreement.verify()
      // In place.
      var same = x
      same.withUnsafeMutableBufferPointer { row in
        guard let row = row.baseAddress else { return }
        fast.apply(row, count: test.count, into: row)
      }
      #expect(same == y)
    }
  }

  @Test(arguments: NormCase.all, changeSizes)
  func `Its change keeps every digit, however small`(_ test: NormCase, size: Double) throws {
    try test.with { fast, plain in
      var samples = Samples(seed: 4)
      let x = samples.floats(test.count, scale: 3).map { $0 + 1 }
      let dx = samples.floats(test.count, scale: size).map { $0 + Float(size / 2) }
      var agreement = Agreement()
      // The mask makes the change of gain and bias as small as the rest, none of it, or all of it.
      for (adaptation, mask) in [(0, Float(size)), (1, 1), (2, 0), (2, Float(min(size, 0.75)))] {
        var dy = [Float](repeating: .nan, count: test.count)
        fast.applyDelta(x, dx, count: test.count, adaptation: adaptation, mask: mask, into: &dy)
        for (column, expected) in plain.changes(x, dx, adaptation, mask).enumerated() {
          agreement.check(
            dy[column], expected.value, within: plain.roundings * expected.size,
            "adaptation \(adaptation), mask \(mask), column \(column)")
        }
        var same = dx
        same.withUnsafeMutableBufferPointer { row in
          guard let row = row.baseAddress else { return }
          fast.applyDelta(x, row, count: test.count, adaptation: adaptation, mask: mask, into: row)
        }
        #expect(same == dy, "in place")
      }
      agreement.verify()
    }
  }

  /// The rule that the fast norm is held to is the difference of two norms.
  @Test(arguments: NormCase.all) func `The plain rule is a difference`(_ test: NormCase) throws {
    try test.with { _, plain in
      var samples = Samples(seed: 5)
      let (x, dx) = (samples.floats(test.count, scale: 3), samples.floats(test.count, scale: 0.5))
      let changed = plain.changed(2, mask: 0.5)
      // Dyadic sums, so that x + dx is exact.
      let (short, shortChange) = (x.map { ($0 * 256).rounded() / 256 }, dx.map { ($0 * 256).rounded() / 256 })
      let (before, after) = (plain.rows(short), changed.rows(zip(short, shortChange).map { $0 + $1 }))
      for (index, expected) in plain.changes(short, shortChange, 2, 0.5).enumerated() {
        let difference = after[index].value - before[index].value
        #expect(abs(difference - expected.value) <= 1e-6 * (1 + after[index].size))
      }
    }
  }

  @Test(arguments: NormCase.all, changeSizes)
  func `Sources are carried as they are, and sum to the change`(_ test: NormCase, size: Double) throws {
    try test.with { fast, plain in
      var samples = Samples(seed: 6)
      let x = samples.floats(test.count, scale: 3).map { $0 + 1 }
      let parts = (0..<3).map { _ in samples.matrix(1, test.count, scale: size) }
      let dx = (0..<test.count).map { column in parts.reduce(Float(0)) { $0 + $1.elements[column] } }
      let mask = Float(min(size, 1))
      let rows = parts.map { Matrix(rows: 1, columns: test.count, $0.values) } + [samples.matrix(1, test.count)]
      fast.applySources(
        x, dx, count: test.count, adaptation: 0, mask: mask, sources: rows.map(\.elements))
      var whole = [Float](repeating: 0, count: test.count)
      fast.applyDelta(x, dx, count: test.count, adaptation: 0, mask: mask, into: &whole)
      let expected = plain.sources(x, dx, parts.map(\.values), 0, mask)
      var agreement = Agreement()
      for column in 0..<test.count {
        for source in Source.allCases {
          let own = expected[source.rawValue][column]
          agreement.check(
            rows[source.rawValue].elements[column], own.value, within: plain.roundings * own.size,
            "\(source), column \(column)")
        }
        let sum = rows.reduce(0.0) { $0 + $1[0, column] }
        let scale = expected.reduce(0) { $0 + $1[column].size }
        agreement.check(whole[column], sum, within: 2 * plain.roundings * scale, "sum, column \(column)")
      }
      agreement.verify()
    }
  }

  @Test(arguments: NormCase.all) func `No change is exactly zero`(_ test: NormCase) throws {
    try test.with { fast, _ in
      var samples = Samples(seed: 7)
      let x = samples.floats(test.count, scale: 3)
      var dy = [Float](repeating: .nan, count: test.count)
      for (adaptation, mask) in [(0, Float(0)), (1, 1)] {
        fast.applyDelta(
          x, [Float](repeating: 0, count: test.count), count: test.count, adaptation: adaptation, mask: mask, into: &dy)
        #expect(dy.allSatisfy { $0 == 0 })
      }
    }
  }
}
