import Architectures
import Safetensors

/// The weight of a linear layer, read by output rows whichever way the file holds it.
struct StoredWeight: Sendable {
  let store: any WeightStore
  let linear: Linear

  /// Inputs that are turned together when the file holds (inputs, outputs).
  private static let tile = 16

  /// Widens rows to single precision, (rows.count, inputs).
  func widen(_ rows: RowSelection, into target: UnsafeMutablePointer<Float>) throws(SafetensorsError) {
    try gather(rows, into: target, zero: 0) { elements, part throws(SafetensorsError) in
      try store.widen(elements, into: part)
    }
  }

  /// Widens rows to double precision, (rows.count, inputs).
  func widen(_ rows: RowSelection, into target: UnsafeMutablePointer<Double>) throws(SafetensorsError) {
    try gather(rows, into: target, zero: 0) { elements, part throws(SafetensorsError) in
      try store.widen(elements, into: part)
    }
  }

  private func gather<Element>(
    _ rows: RowSelection, into target: UnsafeMutablePointer<Element>, zero: Element,
    _ widen: (Range<Int>, UnsafeMutablePointer<Element>) throws(SafetensorsError) -> Void
  ) throws(SafetensorsError) {
    var next = target
    for run in rows.runs {
      if linear.isTransposed {
        try turn(run, into: next, zero: zero, widen)
      } else {
        try widen(run.lowerBound * linear.inputs..<run.upperBound * linear.inputs, next)
      }
      next += run.count * linear.inputs
    }
  }

  /// One run of output rows of a weight stored (inputs, outputs).
  private func turn<Element>(
    _ run: Range<Int>, into target: UnsafeMutablePointer<Element>, zero: Element,
    _ widen: (Range<Int>, UnsafeMutablePointer<Element>) throws(SafetensorsError) -> Void
  ) throws(SafetensorsError) {
    let scratch = UnsafeMutablePointer<Element>.allocate(capacity: Self.tile * run.count)
    scratch.initialize(repeating: zero, count: Self.tile * run.count)
    defer { scratch.deallocate() }
    for first in stride(from: 0, to: linear.inputs, by: Self.tile) {
      let width = min(Self.tile, linear.inputs - first)
      for input in 0..<width {
        let start = (first + input) * linear.outputs
        try widen(start + run.lowerBound..<start + run.upperBound, scratch + input * run.count)
      }
      for row in 0..<run.count {
        for input in 0..<width {
          target[row * linear.inputs + first + input] = scratch[input * run.count + row]
        }
      }
    }
  }
}

extension RowSelection {
  /// The same rows in order, a few at a time, so that double precision needs little memory.
  var pieces: [RowSelection] {
    let length = 64
    return runs.flatMap { run in
      Swift.stride(from: run.lowerBound, to: run.upperBound, by: length).map {
        RowSelection($0..<min($0 + length, run.upperBound))
      }
    }
  }
}
