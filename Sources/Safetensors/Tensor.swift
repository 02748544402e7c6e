import Foundation

/// A tensor in a mapped file.
public struct Tensor: Sendable {
  /// The file's name.
  public let file: String
  /// The tensor's name.
  public let name: String
  /// Type of its elements.
  public let type: ElementType
  /// Its shape, row-major.
  public let shape: [Int]
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
  public var count: Int { shape.reduce(1, *) }

  /// The bytes as they stand in the file.
  public var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: mapping.bytes[range]) }

  /// Whether both hold the same bytes in the same type and shape.
  public func isIdentical(to other: Tensor) -> Bool {
    type == other.type && shape == other.shape && bytes.elementsEqualByMemory(other.bytes)
  }

  /// Widens some elements to single precision (F64 is rounded).
  /// - Throws: ``SafetensorsError/unsupportedType(file:tensor:type:)`` and ``SafetensorsError/nonFinite(file:tensor:)``.
  public func widen(_ elements: Range<Int>, into target: UnsafeMutablePointer<Float>) throws(SafetensorsError) {
    precondition(elements.lowerBound >= 0 && elements.upperBound <= count)
    guard let start = bytes.baseAddress, !elements.isEmpty else { return }
    let source = start + elements.lowerBound * type.bits / 8
    switch type {
    case .float32: target.updateRaw(from: source, count: elements.count)
    case .bfloat16: widenBFloat16(source, elements.count, into: target)
    case .float16: widenFloat16(source, elements.count, into: target)
    case .float64:
      for index in 0..<elements.count {
        target[index] = Float(source.loadUnaligned(fromByteOffset: 8 * index, as: Double.self))
      }
    default: throw .unsupportedType(file: file, tensor: name, type: type.rawValue)
    }
    guard areFinite(target, elements.count) else { throw .nonFinite(file: file, tensor: name) }
  }

  /// All elements in single precision.
  public func floats() throws(SafetensorsError) -> [Float] { try floats(0..<count) }

  /// Some elements in single precision.
  public func floats(_ elements: Range<Int>) throws(SafetensorsError) -> [Float] {
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

extension UnsafeRawBufferPointer {
  fileprivate func elementsEqualByMemory(_ other: UnsafeRawBufferPointer) -> Bool {
    guard count == other.count else { return false }
    guard let left = baseAddress, let right = other.baseAddress else { return true }
    return memcmp(left, right, count) == 0
  }
}
