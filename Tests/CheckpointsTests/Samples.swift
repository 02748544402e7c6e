import Foundation
import Testing

/// The committed folders and what tests do with copies of them.
enum Samples {
  static let fixtures = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Fixtures")

  static func base(_ name: String) -> URL { fixtures.appendingPathComponent(name) }

  static func adapter(_ name: String) -> URL { fixtures.appendingPathComponent("adapters/\(name)") }
}

/// A copy of a folder that is changed and dropped again.
final class ScratchFolder {
  /// A relative path, as a user would give it: "sample".
  let url: URL
  private let parent: URL

  init(copying source: URL? = nil, name: String = "sample") throws {
    parent = FileManager.default.temporaryDirectory
      .appendingPathComponent(UUID().uuidString, isDirectory: true)
    url = URL(fileURLWithPath: name, isDirectory: true, relativeTo: parent)
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    guard let source else { return }
    for file in try FileManager.default.contentsOfDirectory(atPath: source.path) {
      try FileManager.default.copyItem(
        at: source.appendingPathComponent(file), to: url.appendingPathComponent(file))
    }
  }

  deinit { try? FileManager.default.removeItem(at: parent) }

  func file(_ name: String) -> URL { url.appendingPathComponent(name) }

  /// Sets members of a JSON file; nil removes one.
  func set(_ members: [String: Any?], in name: String) throws {
    let content = try JSONSerialization.jsonObject(with: Data(contentsOf: file(name)))
    var object = try #require(content as? [String: Any])
    for (key, value) in members { object[key] = value }
    try JSONSerialization.data(withJSONObject: object).write(to: file(name))
  }

  /// Rewrites a safetensors file.
  func rewrite(_ name: String, _ change: (inout RawTensors) throws -> Void) throws {
    var tensors = try RawTensors(Data(contentsOf: file(name)))
    try change(&tensors)
    // A new file: the old one may be mapped.
    try FileManager.default.removeItem(at: file(name))
    try tensors.data().write(to: file(name))
  }
}

/// A safetensors file as tests make one, without any of the code under test.
struct RawTensors {
  struct Entry {
    var type: String
    var shape: [Int]
    var bytes: Data
  }
  var entries: [String: Entry] = [:]

  init() {}

  init(_ file: Data) throws {
    let length = file.prefix(8).enumerated().reduce(0) { $0 + Int($1.element) << (8 * $1.offset) }
    let header = try JSONSerialization.jsonObject(with: file[8..<8 + length]) as? [String: [String: Any]]
    for (name, entry) in header ?? [:] where name != "__metadata__" {
      let offsets = try #require(entry["data_offsets"] as? [Int])
      entries[name] = Entry(
        type: try #require(entry["dtype"] as? String), shape: try #require(entry["shape"] as? [Int]),
        bytes: Data(file[8 + length + offsets[0]..<8 + length + offsets[1]]))
    }
  }

  mutating func set(_ name: String, shape: [Int], _ values: [Float]) {
    let bytes = values.flatMap { value in (0..<4).map { UInt8(truncatingIfNeeded: value.bitPattern >> (8 * $0)) } }
    entries[name] = Entry(type: "F32", shape: shape, bytes: Data(bytes))
  }

  mutating func setBFloat16(_ name: String, shape: [Int], _ values: [Float]) {
    let bytes = values.flatMap { value in [16, 24].map { UInt8(truncatingIfNeeded: value.bitPattern >> $0) } }
    entries[name] = Entry(type: "BF16", shape: shape, bytes: Data(bytes))
  }

  mutating func set(_ name: String, shape: [Int], doubles values: [Double]) {
    let bytes = values.flatMap { value in (0..<8).map { UInt8(truncatingIfNeeded: value.bitPattern >> (8 * $0)) } }
    entries[name] = Entry(type: "F64", shape: shape, bytes: Data(bytes))
  }

  /// Values of an F32 tensor.
  func floats(_ name: String) throws -> [Float] {
    let bytes = [UInt8](try #require(entries[name]).bytes)
    return stride(from: 0, to: bytes.count, by: 4).map { start in
      Float(bitPattern: (0..<4).reduce(UInt32(0)) { $0 | UInt32(bytes[start + $1]) << (8 * $1) })
    }
  }

  mutating func rename(_ change: (String) -> String) {
    entries = Dictionary(uniqueKeysWithValues: entries.map { (change($0.key), $0.value) })
  }

  func data() throws -> Data {
    var header: [String: Any] = [:]
    var content = Data()
    for (name, entry) in entries.sorted(by: { $0.key < $1.key }) {
      header[name] = [
        "dtype": entry.type, "shape": entry.shape, "data_offsets": [content.count, content.count + entry.bytes.count],
      ]
      content += entry.bytes
    }
    let text = try JSONSerialization.data(withJSONObject: header)
    return Data((0..<8).map { UInt8(truncatingIfNeeded: text.count >> (8 * $0)) }) + text + content
  }
}

/// The text of what a step throws, "nothing" when it does not.
func message(_ step: () throws -> Void) -> String {
  do {
    try step()
    return "nothing"
  } catch { return "\(error)" }
}
