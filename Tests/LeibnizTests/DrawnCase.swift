import Foundation
import OracleFixtures
import Testing

@testable import LeibnizTesting

/// A case of fixtures/drawn: configurations, prompts and reference values as in an oracle case, but weights that are
/// drawn here as tensors.json says (see generate.py there).
struct DrawnCase: Sendable, CustomStringConvertible {
  /// The case's folder.
  let folder: URL
  var description: String { folder.lastPathComponent }

  static let all: [DrawnCase] = {
    let root = (0..<3).reduce(URL(filePath: #filePath)) { url, _ in url.deletingLastPathComponent() }
    let drawn = root.appending(path: "fixtures/drawn")
    let names = (try? FileManager.default.contentsOfDirectory(atPath: drawn.path)) ?? []
    return names.sorted().map { DrawnCase(folder: drawn.appending(path: $0)) }.filter {
      FileManager.default.fileExists(atPath: $0.folder.appending(path: "tensors.json").path)
    }
  }()

  /// tensors.json.
  private struct Tensors: Decodable {
    struct Entry: Decodable {
      var name: String
      var shape: [Int]
      var deviation: Double
      var mean: Float

      init(from decoder: any Decoder) throws {
        var list = try decoder.unkeyedContainer()
        name = try list.decode(String.self)
        shape = try list.decode([Int].self)
        deviation = try list.decode(Double.self)
        mean = try list.decode(Float.self)
      }

      /// The tensor with the next values.
      func draw(_ random: inout SeededRandom) -> TinyTensor {
        var tensor = random.matrix(name, 1, shape.reduce(1, *), deviation: deviation)
        tensor.shape = shape
        tensor.values = tensor.values.map { $0 + mean }
        return tensor
      }
    }
    var seed: UInt64
    var base: [Entry]
    var adapted: [Entry]
  }

  /// A case by its name.
  static func named(_ name: String) -> DrawnCase? { all.first { $0.description == name } }

  /// Hands a copy of the folder with its weights to `body` and removes it.
  func withWeights<Result>(
    renaming rename: (String) -> String = { $0 }, _ body: (URL) throws -> Result
  ) throws -> Result {
    let copy = FileManager.default.temporaryDirectory.appending(path: "leibniz-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: copy) }
    try FileManager.default.copyItem(at: folder, to: copy)
    let entries = try JSONDecoder().decode(
      Tensors.self, from: Data(contentsOf: folder.appending(path: "tensors.json")))
    var random = SeededRandom(seed: entries.seed)
    var base = entries.base.map { $0.draw(&random) }
    random = SeededRandom(seed: entries.seed + 1)
    var adapted = entries.adapted.map { $0.draw(&random) }
    let isCheckpoint = FileManager.default.fileExists(atPath: copy.appending(path: "adapted/config.json").path)
    if isCheckpoint {
      for index in adapted.indices {
        adapted[index].values = zip(base[index].values, adapted[index].values).map { $0 + $1 }
      }
    }
    for index in base.indices { base[index].name = rename(base[index].name) }
    for index in adapted.indices { adapted[index].name = rename(adapted[index].name) }
    try base.safetensors.write(to: copy.appending(path: "base/model.safetensors"))
    try adapted.safetensors.write(
      to: copy.appending(path: "adapted/\(isCheckpoint ? "model" : "adapter_model").safetensors"))
    return try body(copy)
  }
}
