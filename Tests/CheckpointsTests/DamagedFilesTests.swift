import Foundation
import LinearAlgebra
import Testing

@testable import Checkpoints

/// Whatever stands in a configuration, it is read or refused, and never a trap.
struct DamagedFilesTests {
  @Test(arguments: [("config.json", "llama"), ("adapter_config.json", "patterns"), ("adapter_config.json", "tokens")])
  func configurations(file: String, sample: String) throws {
    let isModel = file == "config.json"
    let scratch = try ScratchFolder(copying: isModel ? Samples.base(sample) : Samples.adapter(sample))
    let base = try Model(folder: Samples.base("llama"))
    let valid = Array(try Data(contentsOf: scratch.file(file)))
    let values = [
      "-1", "0", "9223372036854775807", "1e308", "null", "true", "\"x\"", "[]", "{}", "[-1]", "{\"a\":-1}", "\"(a*)*\"",
    ]
    var generator = SplitMix64(seed: 3)
    var refused = 0
    for _ in 0..<400 {
      var bytes = valid
      if generator.next(below: 2) == 0 {
        // Another value for a member.
        let colons = bytes.indices.filter { bytes[$0] == UInt8(ascii: ":") }
        let start = colons[generator.next(below: colons.count)] + 1
        let end = bytes[start...].firstIndex { $0 == UInt8(ascii: ",") || $0 == UInt8(ascii: "\n") } ?? bytes.count
        bytes.replaceSubrange(start..<end, with: values[generator.next(below: values.count)].utf8)
      } else {
        bytes[generator.next(below: bytes.count)] = UInt8(truncatingIfNeeded: generator.next())
      }
      try FileManager.default.removeItem(at: scratch.file(file))
      try Data(bytes).write(to: scratch.file(file))
      do throws(CheckpointError) {
        _ = isModel ? nil : try Adaptation.open(folder: scratch.url, base: base)
        if isModel { _ = try Model(folder: scratch.url) }
      } catch {
        refused += 1
        #expect(error.description.count > 20)
      }
    }
    #expect(refused > 100)
  }
}
