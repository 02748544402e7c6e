import Foundation
import LinearAlgebra
import Safetensors
import Testing

/// One test per fault of a file, on bytes as they stand.
struct HeaderTests {
  private let one = #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#

  @Test func valid() throws {
    let header =
      #"{"__metadata__":{"format":"pt"},"b":{"shape":[2,1],"data_offsets":[4,8],"dtype":"BF16","extra":null},"#
      + #""e":{"dtype":"F32","shape":[0,9],"data_offsets":[4,4]},"s":{"dtype":"F32","shape":[],"data_offsets":[0,4]}}  "#
    let file = try SampleFile(header, data: [0, 0, 128, 63, 0, 64, 128, 192]).open()
    #expect(file.tensors.map(\.name) == ["s", "e", "b"])
    #expect(file.tensors.map(\.count) == [1, 0, 2])
    #expect(try file.tensors.map { try $0.floats() } == [[1], [], [2, -4]])
    #expect(file.header == Array(header.utf8))
    #expect(try SampleFile("{}").open().tensors.isEmpty)
  }

  /// Every type of the format is legal in a file, whether weights can be read from it or not.
  @Test(arguments: [
    ("BOOL", 8), ("F4", 4), ("F6_E2M3", 6), ("F6_E3M2", 6), ("U8", 8), ("I8", 8), ("F8_E5M2", 8), ("F8_E4M3", 8),
    ("F8_E8M0", 8), ("F8_E4M3FNUZ", 8), ("F8_E5M2FNUZ", 8), ("I16", 16), ("U16", 16), ("F16", 16), ("BF16", 16),
    ("I32", 32), ("U32", 32), ("F32", 32), ("C64", 64), ("F64", 64), ("I64", 64), ("U64", 64),
  ])
  func types(name: String, bits: Int) throws {
    let header = #"{"a":{"dtype":"\#(name)","shape":[8],"data_offsets":[0,\#(bits)]}}"#
    let tensor = try #require(try SampleFile(header, data: [UInt8](repeating: 0, count: bits)).open().tensors.first)
    #expect(tensor.type.rawValue == name && tensor.bytes.count == bits)
    #expect(tensor.type.isReadable == ["F64", "F32", "F16", "BF16"].contains(name))
  }

  private func message(_ file: SampleFile) -> String {
    do {
      _ = try file.open()
      return "accepted"
    } catch { return "\(error)" }
  }

  @Test func tooShort() throws {
    for count in [0, 1, 7] {
      #expect(throws: SafetensorsError.tooShort(file: "m.safetensors", bytes: count)) {
        try SampleFile.open([UInt8](repeating: 0, count: count))
      }
    }
  }

  @Test(arguments: [59, 100_000_001, UInt64(Int64.max), UInt64.max - 7, UInt64.max])
  func headerLengthThatDoesNotFit(declared: UInt64) {
    let file = SampleFile(one, data: [0, 0, 0, 0], declaredLength: declared)
    #expect(throws: SafetensorsError.headerLength(file: "m.safetensors", declared: declared, available: 58)) {
      try file.open()
    }
  }

  @Test(arguments: [
    ("", "does not begin with {"), (" {}", "does not begin with {"), ("[]", "does not begin with {"),
    ("{", "not valid JSON"), ("{}x", "after the end"), ("{\"a\":1}", "an object is expected, an integer was found"),
    (#"{"__metadata__":{"a":1}}"#, "__metadata__.a is an integer, not a string"),
    (#"{"__metadata__":[]}"#, "an object is expected, an array"),
    (#"{"a":{"dtype":"F32","shape":[],"data_offsets":[0,0]},"a":{}}"#, "stands twice: a"),
    (#"{"a":{"dtype":"F32","dtype":"F16","shape":[],"data_offsets":[0,0]}}"#, "stands twice: dtype"),
    (#"{"a":{"shape":[0],"data_offsets":[0,0]}}"#, "dtype is missing"),
    (#"{"a":{"dtype":1,"shape":[0],"data_offsets":[0,0]}}"#, "dtype: a string is expected"),
    (#"{"a":{"dtype":"F33","shape":[0],"data_offsets":[0,0]}}"#, "the type F33 is unknown"),
    (#"{"a":{"dtype":"F32","data_offsets":[0,0]}}"#, "shape is missing"),
    (#"{"a":{"dtype":"F32","shape":[0.0],"data_offsets":[0,0]}}"#, "an array of integers is expected"),
    (#"{"a":{"dtype":"F32","shape":[true],"data_offsets":[0,0]}}"#, "an array of integers is expected"),
    (#"{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,0]}}"#, "negative size"),
    (#"{"a":{"dtype":"F32","shape":[0]}}"#, "data_offsets must be two numbers"),
    (#"{"a":{"dtype":"F32","shape":[0],"data_offsets":[0]}}"#, "data_offsets must be two numbers"),
    (#"{"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0,0]}}"#, "data_offsets must be two numbers"),
    (#"{"a":{"dtype":"F32","shape":[0],"data_offsets":[-4,0]}}"#, "are no range"),
    (#"{"a":{"dtype":"F32","shape":[0],"data_offsets":[4,0]}}"#, "are no range"),
    (#"{"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,0]}}"#, "too large to be counted"),
    (#"{"a":{"dtype":"F64","shape":[9223372036854775807],"data_offsets":[0,0]}}"#, "too large to be counted"),
    (#"{"a":{"dtype":"F4","shape":[3],"data_offsets":[0,2]}}"#, "too large to be counted in bytes"),
    (#"{"a":{"dtype":"F32","shape":[18446744073709551616],"data_offsets":[0,0]}}"#, "an array of integers"),
  ])
  func malformed(header: String, expected: String) {
    let message = message(SampleFile(header))
    #expect(message.contains("m.safetensors") && message.contains(expected), "\(message)")
  }

  @Test func sizeThatContradictsTheShape() {
    let header = #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}"#
    #expect(throws: SafetensorsError.size(file: "m.safetensors", tensor: "a", declared: 4, expected: 8)) {
      try SampleFile(header, data: [0, 0, 0, 0]).open()
    }
  }

  @Test func holesAndOverlaps() {
    let entry = { (name: String, start: Int) in
      #""\#(name)":{"dtype":"F32","shape":[1],"data_offsets":[\#(start),\#(start + 4)]}"#
    }
    for (first, second, begins) in [(0, 8, 8), (0, 2, 2), (0, 0, 0)] {
      let file = SampleFile("{\(entry("a", first)),\(entry("b", second))}", data: [UInt8](repeating: 0, count: 12))
      #expect(throws: SafetensorsError.self) { try file.open() }
      #expect(message(file).contains("begins at byte \(begins) of the data where 4 is expected"), "\(message(file))")
    }
    #expect(message(SampleFile("{\(entry("a", 4))}", data: [UInt8](repeating: 0, count: 8))).contains("hole"))
  }

  @Test func dataThatEndsElsewhere() {
    for count in [0, 3, 5] {
      let file = SampleFile(one, data: [UInt8](repeating: 0, count: count))
      #expect(throws: SafetensorsError.end(file: "m.safetensors", tensors: 4, data: count)) { try file.open() }
    }
    // A sum of offsets that would overflow.
    let huge = #"{"a":{"dtype":"U8","shape":[9223372036854775807],"data_offsets":[0,9223372036854775807]}}"#
    #expect(message(SampleFile(huge)).contains("too large"))
  }

  @Test func unreadable() throws {
    let folder = FileManager.default.temporaryDirectory
    for (path, reason) in [("does-not-exist.safetensors", "No such file"), ("", "not a regular file")] {
      let error = #expect(throws: SafetensorsError.self) {
        try SafetensorsFile(path.isEmpty ? folder : folder.appendingPathComponent(path))
      }
      #expect(error?.description.contains(reason) == true, "\(error?.description ?? "")")
    }
  }

  /// Opening a pipe without a writer would wait for ever.
  @Test func pipe() throws {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    try #require(mkfifo(path.path, 0o600) == 0)
    defer { unlink(path.path) }
    let error = #expect(throws: SafetensorsError.self) { try SafetensorsFile(path) }
    #expect(error?.description.contains("not a regular file") == true)
  }

  /// Whatever the bytes, a file is opened and read, or refused.
  @Test func damagedFilesNeverTrap() throws {
    let header =
      #"{"a":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]},"b":{"dtype":"F16","shape":[3],"data_offsets":[16,22]}}"#
    let valid = SampleFile(header, data: (0..<22).map { UInt8($0) }).bytes
    _ = try SampleFile.open(valid)
    var generator = SplitMix64(seed: 11)
    var refused = 0
    for _ in 0..<800 {
      var bytes = valid
      for _ in 0...generator.next(below: 3) {
        let place = generator.next(below: min(bytes.count, 140))
        switch generator.next(below: 4) {
        case 0: bytes[place] = UInt8(truncatingIfNeeded: generator.next())
        case 1: bytes[place] = UInt8(ascii: "0") + UInt8(generator.next(below: 10))
        case 2: bytes.remove(at: place)
        default: bytes.insert(bytes[generator.next(below: bytes.count)], at: place)
        }
      }
      do {
        for tensor in try SampleFile.open(bytes).tensors where tensor.type.isReadable { _ = try? tensor.floats() }
      } catch is SafetensorsError { refused += 1 }
    }
    #expect(refused > 500)
  }
}
