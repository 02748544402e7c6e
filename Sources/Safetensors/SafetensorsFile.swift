import Files
import Foundation
import StrictJSON

/// A validated safetensors file: its tensors cover its data exactly, each as large as its shape and type say
/// (huggingface/safetensors, `validate`). The data stays in the mapped file: a file that another process shortens later
/// ends this process with a bus error, which nothing here can prevent.
package struct SafetensorsFile: Sendable {
  /// The path as it was given.
  package let name: String
  /// The tensors by name, in the order of their data.
  package let tensors: [Tensor]
  /// The bytes of the header, for a fingerprint.
  package let header: [UInt8]

  /// The longest header that is read.
  private static let longestHeader = 100_000_000

  /// Maps and validates a file.
  /// - Throws: ``SafetensorsError``, the first fault.
  package init(_ url: URL) throws(SafetensorsError) {
    let file: OpenFile
    do { file = try OpenFile(url) } catch { throw .unreadable(file: url.relativePath, reason: error.reason) }
    try self.init(file)
  }

  /// Maps and validates a file that is open.
  /// - Throws: ``SafetensorsError``, the first fault.
  package init(_ open: OpenFile) throws(SafetensorsError) {
    let name = open.path
    let file = try MappedFile(open)
    guard file.bytes.count >= 8 else { throw .tooShort(file: name, bytes: file.bytes.count) }
    let declared = UInt64(littleEndian: file.bytes.loadUnaligned(as: UInt64.self))
    let available = file.bytes.count - 8
    guard declared <= UInt64(min(Self.longestHeader, available)) else {
      throw .headerLength(file: name, declared: declared, available: available)
    }
    let dataStart = 8 + Int(declared)
    header = Array(file.bytes[8..<dataStart])
    self.name = name
    let entries = try Self.entries(of: header, file: name)
    tensors = try Self.place(entries, in: file, dataStart: dataStart, name: name)
  }

  private struct Entry {
    var name: String
    var type: ElementType
    var shape: [Int]
    var range: Range<Int>
  }

  private static func entries(of header: [UInt8], file: String) throws(SafetensorsError) -> [Entry] {
    guard header.first == UInt8(ascii: "{") else { throw .header(file: file, reason: "it does not begin with {") }
    let reader: JSONReader
    do {
      reader = try JSONReader(file: file, bytes: header, limits: JSONLimits(depth: 8, bytes: longestHeader))
    } catch { throw .header(file: file, reason: error.message) }
    var entries: [Entry] = []
    for (name, value) in reader.object.members {
      guard case .object(let object) = value else {
        throw .entry(file: file, tensor: name, reason: "an object is expected, \(value.kind) was found")
      }
      if name == "__metadata__" {
        try checkMetadata(object, file: file)
      } else {
        entries.append(try entry(name, JSONReader(file: file, object: object), file: file))
      }
    }
    return entries
  }

  private static func checkMetadata(_ object: JSONObject, file: String) throws(SafetensorsError) {
    for (name, value) in object.members {
      guard case .string = value else {
        throw .header(file: file, reason: "__metadata__.\(name) is \(value.kind), not a string")
      }
    }
  }

  private static func entry(_ name: String, _ reader: JSONReader, file: String) throws(SafetensorsError) -> Entry {
    func fault(_ reason: String) -> SafetensorsError { .entry(file: file, tensor: name, reason: reason) }
    let type: String?
    let shape: [Int]?
    let offsets: [Int]?
    do {
      type = try reader.optionalString("dtype")
      shape = try reader.optionalIntegers("shape")
      offsets = try reader.optionalIntegers("data_offsets")
    } catch { throw fault("\(error.path): \(error.message)") }
    guard let type else { throw fault("dtype is missing") }
    guard let known = ElementType(rawValue: type) else { throw fault("the type \(type) is unknown") }
    guard let shape else { throw fault("shape is missing") }
    guard shape.allSatisfy({ $0 >= 0 }) else { throw fault("its shape \(shape) has a negative size") }
    guard let offsets, offsets.count == 2 else { throw fault("data_offsets must be two numbers") }
    guard offsets[0] >= 0, offsets[0] <= offsets[1] else { throw fault("its offsets \(offsets) are no range") }
    return Entry(name: name, type: known, shape: shape, range: offsets[0]..<offsets[1])
  }

  /// Checks sizes and coverage and cuts the data.
  private static func place(
    _ entries: [Entry], in file: MappedFile, dataStart: Int, name: String
  ) throws(SafetensorsError) -> [Tensor] {
    var tensors: [Tensor] = []
    var end = 0
    let ordered = entries.sorted {
      ($0.range.lowerBound, $0.range.upperBound) < ($1.range.lowerBound, $1.range.upperBound)
    }
    for entry in ordered {
      guard entry.range.lowerBound == end else {
        throw .coverage(file: name, tensor: entry.name, begins: entry.range.lowerBound, expected: end)
      }
      guard let bytes = byteCount(entry) else {
        throw .entry(
          file: name, tensor: entry.name, reason: "its shape \(entry.shape) is too large to be counted in bytes")
      }
      guard entry.range.count == bytes else {
        throw .size(file: name, tensor: entry.name, declared: entry.range.count, expected: bytes)
      }
      end = entry.range.upperBound
      guard end <= file.bytes.count - dataStart else { break }  // refused below
      tensors.append(
        Tensor(
          file: name, name: entry.name, type: entry.type, shape: entry.shape, mapping: file,
          range: dataStart + entry.range.lowerBound..<dataStart + end))
    }
    guard end == file.bytes.count - dataStart else {
      throw .end(file: name, tensors: end, data: file.bytes.count - dataStart)
    }
    return tensors
  }

  /// Size in bytes by shape and type, nil when it overflows or is no whole number of bytes.
  private static func byteCount(_ entry: Entry) -> Int? {
    var bits = entry.type.bits
    for size in entry.shape {
      let (product, overflow) = bits.multipliedReportingOverflow(by: size)
      if overflow { return nil }
      bits = product
    }
    return bits % 8 == 0 ? bits / 8 : nil
  }
}
