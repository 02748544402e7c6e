import Foundation

/// A tensor in a mapped file.
package struct Tensor: Sendable {
  /// The file's path as it was given.
  package let file: String
  /// The tensor's name.
  package let name: String
  /// Type of its elements.
  package let type: ElementType
  /// Its shape, row-major.
  package let shape: [Int]
  private let mapping: MappedFile
  private let range: Range<Int>

  init(file: String, name: String, type: ElementType, shape: [Int], mapping: MappedFile, range: Range<Int>) {
    self.file = file
    self.name = name
    self.type = type
    self.shape = shape
    self.mapping = mapping
    self.range = range
  }

  /// Number of elements.
  package var count: Int { shape.reduce(1, *) }

  /// The bytes as they stand in the file; valid as long as the tensor or its file is held.
  package var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: mapping.bytes[range]) }

  /// Consecutive elements as a tensor of their own, under the same name: one matrix of a stack.
  /// - Parameters:
  ///   - start: The first element; it begins a byte.
  ///   - shape: Their shape.
  package func part(from start: Int, shape: [Int]) -> Tensor {
    let (first, size) = (start * type.bits / 8, shape.reduce(1, *) * type.bits / 8)
    precondition(start >= 0 && first + size <= range.count && start * type.bits % 8 == 0)
    let part = range.lowerBound + first..<range.lowerBound + first + size
    return Tensor(file: file, name: name, type: type, shape: shape, mapping: mapping, range: part)
  }

  /// Asks the system to read the bytes in the background, since they will be wanted soon.
  package func prefetch() { mapping.prefetch(range) }

  /// Whether both hold the same bytes in the same type and shape. O(bytes) when they do.
  package func isIdentical(to other: Tensor) -> Bool {
    shape == other.shape && isIdentical(0..<count, to: other)
  }

  /// Whether some elements stand in both as the same bytes of the same type.
  package func isIdentical(_ elements: Range<Int>, to other: Tensor) -> Bool {
    precondition(elements.lowerBound >= 0 && elements.upperBound <= min(count, other.count))
    guard type == other.type else { return false }
    guard let left = bytes.baseAddress, let right = other.bytes.baseAddress else { return true }
    let (start, end) = (elements.lowerBound * type.bits / 8, elements.upperBound * type.bits / 8)
    return memcmp(left + start, right + start, end - start) == 0
  }

  /// Whether some elements have the same values in both, whatever their types. O(elements), up to the first that differs.
  /// - Throws: As ``widen(_:into:)-(_,UnsafeMutablePointer<Float>)``.
  package func hasEqualValues(_ elements: Range<Int>, to other: Tensor) throws(SafetensorsError) -> Bool {
    if isIdentical(elements, to: other) { return true }
    for start in stride(from: elements.lowerBound, to: elements.upperBound, by: Self.chunk) {
      let part = start..<min(start + Self.chunk, elements.upperBound)
      let isEqual =
        [type, other.type].contains(.float64)
        ? try doubles(part) == other.doubles(part) : try floats(part) == other.floats(part)
      if !isEqual { return false }
    }
    return true
  }

  /// Elements that are widened and checked in one go, so that the check finds them in the cache.
  private static let chunk = 4096

  /// Widens some elements to single precision; F64 is rounded. Safe to call from several threads.
  /// - Throws: ``SafetensorsError/unsupportedType(file:tensor:type:)`` and
  ///   ``SafetensorsError/nonFinite(file:tensor:)``.
  package func widen(_ elements: Range<Int>, into target: UnsafeMutablePointer<Float>) throws(SafetensorsError) {
    precondition(elements.lowerBound >= 0 && elements.upperBound <= count)
    guard type.isReadable else { throw .unsupportedType(file: file, tensor: name, type: type.rawValue) }
    guard let start = bytes.baseAddress else { return }
    var index = elements.lowerBound
    while index < elements.upperBound {
      let length = min(Self.chunk, elements.upperBound - index)
      let part = target + (index - elements.lowerBound)
      widen(start + index * type.bits / 8, length, into: part)
      guard areFinite(part, length) else { throw .nonFinite(file: file, tensor: name) }
      index += length
    }
  }

  /// Widens some elements to double precision, all of them exactly.
  /// - Throws: As ``widen(_:into:)-(_,UnsafeMutablePointer<Float>)``.
  package func widen(_ elements: Range<Int>, into target: UnsafeMutablePointer<Double>) throws(SafetensorsError) {
    precondition(elements.lowerBound >= 0 && elements.upperBound <= count)
    if type == .float64, let start = bytes.baseAddress {
      for index in elements {
        let value = start.loadUnaligned(fromByteOffset: 8 * index, as: Double.self)
        // What single precision cannot hold is refused there, so it is refused here.
        guard Float(value).isFinite else { throw .nonFinite(file: file, tensor: name) }
        target[index - elements.lowerBound] = value
      }
    } else {
      for (index, value) in try floats(elements).enumerated() { target[index] = Double(value) }
    }
  }

  private func widen(_ source: UnsafeRawPointer, _ count: Int, into target: UnsafeMutablePointer<Float>) {
    switch type {
    case .bfloat16: widenBFloat16(source, count, into: target)
    case .float16: widenFloat16(source, count, into: target)
    case .float64: narrowFloat64(source, count, into: target)
    default: UnsafeMutableRawPointer(target).copyMemory(from: source, byteCount: 4 * count)
    }
  }

  /// Some elements in double precision.
  package func doubles(_ elements: Range<Int>) throws(SafetensorsError) -> [Double] {
    guard type == .float64 else { return try floats(elements).map(Double.init) }
    var result = [Double](repeating: 0, count: elements.count)
    var failure: SafetensorsError?
    result.withUnsafeMutableBufferPointer { buffer in
      guard let start = buffer.baseAddress else { return }
      do throws(SafetensorsError) { try widen(elements, into: start) } catch { failure = error }
    }
    if let failure { throw failure }
    return result
  }

  /// All elements in single precision.
  package func floats() throws(SafetensorsError) -> [Float] { try floats(0..<count) }

  /// Some elements in single precision.
  package func floats(_ elements: Range<Int>) throws(SafetensorsError) -> [Float] {
    var result = [Float](repeating: 0, count: elements.count)
    var failure: SafetensorsError?
    result.withUnsafeMutableBufferPointer { buffer in
      guard let target = buffer.baseAddress else { return }
      do throws(SafetensorsError) { try widen(elements, into: target) } catch { failure = error }
    }
    if let failure { throw failure }
    return result
  }
}
