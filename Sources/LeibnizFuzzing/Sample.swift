import Foundation

/// A folder of valid files.
struct Sample {
  /// The files by path.
  let files: [String: [UInt8]]
  /// Paths of those that are broken, sorted.
  let broken: [String]

  /// Files and the names of those that are broken, all of them if nothing is said.
  init(_ files: [String: [UInt8]], broken: [String]? = nil) {
    self.files = files
    self.broken = broken ?? files.keys.sorted()
  }

  /// Writes the sample with one file broken.
  /// - Parameter other: The sample that pieces are taken from.
  func write(to folder: URL, with mutator: inout Mutator, other: Sample) throws {
    let path = mutator.pick(broken)
    let donor = other.files[mutator.pick(other.broken)] ?? []
    var files = files
    if let valid = files[path] {
      let changesHeader = path.hasSuffix(".safetensors") && mutator.pick([true, false])
      files[path] = changesHeader ? mutator.mutateHeader(valid, other: donor) : mutator.mutate(valid, other: donor)
    }
    // New files: the old ones may be mapped.
    try? FileManager.default.removeItem(at: folder)
    for (path, bytes) in files {
      let file = folder.appending(path: path)
      try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(bytes).write(to: file)
    }
  }
}

/// The package's own fixtures.
struct Fixtures {
  /// The package's folder.
  let root: URL

  /// The files of folders, or one file, whose paths end in one of some endings, sorted.
  func files(_ path: String, ending endings: [String]) throws -> [URL] {
    let folder = root.appending(path: path)
    let found = FileManager.default.enumerator(atPath: folder.path)?.compactMap { $0 as? String } ?? []
    let chosen = found.filter { name in endings.contains { name.hasSuffix($0) } }.sorted()
    guard !chosen.isEmpty else {
      throw FuzzingError("\(folder.path): no \(endings) is there; run this in the package's folder")
    }
    return chosen.map { folder.appending(path: $0) }
  }

  /// Samples of one file each.
  func samples(_ path: String, ending endings: [String], as name: String) throws -> [Sample] {
    try files(path, ending: endings).map { Sample([name: Array(try Data(contentsOf: $0))]) }
  }

  /// An adapter with the base it was made for and a prompt, as small as can be.
  func pair(adapter: URL) throws -> [String: [UInt8]] {
    let name = adapter.lastPathComponent
    let kind = name.hasPrefix("gpt2") ? "gpt2" : name.hasSuffix("tied") ? "tied" : "llama"
    let base = root.appending(path: "Tests/CheckpointsTests/Fixtures/\(kind)")
    return [
      "prompts.jsonl": Array(#"{"input_ids": [1, 2, 3, 1, 2], "separator": 3}"#.utf8),
      "base/config.json": Array(try Data(contentsOf: base.appending(path: "config.json"))),
      "base/model.safetensors": Array(try Data(contentsOf: base.appending(path: "model.safetensors"))),
      "adapter/adapter_config.json": Array(try Data(contentsOf: adapter.appending(path: "adapter_config.json"))),
      "adapter/adapter_model.safetensors": Array(
        try Data(contentsOf: adapter.appending(path: "adapter_model.safetensors"))),
    ]
  }

  /// Folders of the adapters of the reader's tests.
  func adapters() throws -> [URL] {
    try files("Tests/CheckpointsTests/Fixtures/adapters", ending: ["adapter_config.json"])
      .map { $0.deletingLastPathComponent() }
  }
}

/// Why nothing can be tried.
struct FuzzingError: Error, CustomStringConvertible {
  var description: String
  init(_ description: String) { self.description = description }
}
