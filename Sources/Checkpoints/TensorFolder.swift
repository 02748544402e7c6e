import Fingerprints
import Foundation
import Safetensors
import StrictJSON

/// The weights of a folder: one safetensors file or the shards of an index.
struct TensorFolder: Sendable {
  /// The folder's path as it was given.
  let path: String
  /// Last part of the folder's path.
  let name: String
  /// Tensors by name.
  let tensors: [String: Tensor]
  /// Number of elements in all tensors.
  var parameters: Int { tensors.values.reduce(0) { $0 + $1.count } }
  /// Size of all tensors in bytes.
  var byteCount: Int { tensors.values.reduce(0) { $0 + $1.bytes.count } }
  private let headers: [[UInt8]]

  /// Opens `model.safetensors`, or the shards that `model.safetensors.index.json` names.
  init(model folder: URL) throws(CheckpointError) {
    let single = folder.appendingPathComponent("model.safetensors")
    let index = folder.appendingPathComponent("model.safetensors.index.json")
    let files = FileManager.default
    if files.fileExists(atPath: single.path) {
      try self.init(folder: folder, files: ["model.safetensors"])
    } else if files.fileExists(atPath: index.path) {
      try self.init(folder: folder, index: index)
    } else {
      throw .missingFile(
        folder: folder.relativePath, file: "model.safetensors", advice: Self.missingAdvice(folder))
    }
  }

  /// The type of most weights.
  var storedType: String {
    var counts: [ElementType: Int] = [:]
    for tensor in tensors.values { counts[tensor.type, default: 0] += tensor.count }
    return counts.max { ($0.value, $1.key.rawValue) < ($1.value, $0.key.rawValue) }?.key.rawValue ?? "F32"
  }

  /// Opens files of a folder.
  init(folder: URL, files: [String]) throws(CheckpointError) {
    var tensors: [String: Tensor] = [:]
    var headers: [[UInt8]] = []
    for file in files {
      let url = folder.appendingPathComponent(file)
      guard FileManager.default.fileExists(atPath: url.path) else {
        throw .missingFile(
          folder: folder.relativePath, file: file,
          advice: "A part of the weights is missing; download it again.")
      }
      let content = try readingWeights { () throws(SafetensorsError) in try SafetensorsFile(url) }
      headers.append(content.header)
      for tensor in content.tensors {
        if let other = tensors.updateValue(tensor, forKey: tensor.name) {
          throw .unexpectedTensor(
            file: content.name, tensor: tensor.name, reason: "it stands in \(other.file) too; one of the files is stale"
          )
        }
      }
    }
    path = folder.relativePath
    name = folder.lastPathComponent
    self.tensors = tensors
    self.headers = headers
  }

  private init(folder: URL, index: URL) throws(CheckpointError) {
    let reader = try JSONReader.opening(index)
    let map = try readingConfiguration { () throws(JSONMemberError) in try reader.optionalObject("weight_map") }
    guard let map, !map.object.members.isEmpty else {
      throw .configuration(reader.error("weight_map", "missing or empty; download the index again"))
    }
    var shardOfTensor: [String: String] = [:]
    for (tensor, value) in map.object.members {
      guard case .string(let shard) = value, Self.isPlainName(shard) else {
        throw .configuration(
          map.error(
            tensor, "a plain name of a .safetensors file is expected; nothing outside the folder is opened"))
      }
      shardOfTensor[tensor] = shard
    }
    try self.init(folder: folder, files: Set(shardOfTensor.values).sorted())
    for (tensor, shard) in shardOfTensor.sorted(by: { $0.key < $1.key })
    where tensors[tensor]?.file != folder.appendingPathComponent(shard).relativePath {
      throw .configuration(
        map.error(tensor, "the tensor is not in \(shard); index and shards do not belong together"))
    }
  }

  private static func isPlainName(_ name: String) -> Bool {
    name.hasSuffix(".safetensors") && !name.contains("/") && !name.contains("\\") && !name.contains("\0")
  }

  private static func missingAdvice(_ folder: URL) -> String {
    let entries = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    if entries.contains(where: { $0.hasSuffix(".bin") || $0.hasSuffix(".pt") || $0.hasSuffix(".pth") }) {
      return """
        The folder holds PyTorch pickles, which can run code when they are opened and are never read here. Convert \
        them: AutoModelForCausalLM.from_pretrained(folder).save_pretrained(new_folder).
        """
    }
    return "Give the folder that holds config.json and the weights of a HuggingFace model."
  }

  /// SHA-256 over configuration, headers and each tensor's first 4 KiB in the order of their names.
  func fingerprint(configuration: [UInt8]) -> String {
    var fingerprint = Fingerprint()
    fingerprint.add(configuration)
    for header in headers { fingerprint.add(header) }
    for (_, tensor) in tensors.sorted(by: { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }) {
      fingerprint.add(UnsafeRawBufferPointer(rebasing: tensor.bytes.prefix(4096)))
    }
    return fingerprint.hexadecimal()
  }
}

extension JSONReader {
  /// Reads a JSON file.
  static func opening(_ url: URL) throws(CheckpointError) -> JSONReader {
    try opening(url, bytes: readFile(url))
  }

  /// Reads the bytes of a JSON file.
  static func opening(_ url: URL, bytes: [UInt8]) throws(CheckpointError) -> JSONReader {
    try readingConfiguration { () throws(JSONMemberError) in
      try JSONReader(file: url.relativePath, bytes: bytes)
    }
  }
}

/// The bytes of a small file; neither a pipe nor anything too large for a configuration is read.
func readFile(_ url: URL) throws(CheckpointError) -> [UInt8] {
  let target = url.resolvingSymlinksInPath()
  let attributes = try? FileManager.default.attributesOfItem(atPath: target.path)
  guard let attributes else {
    throw .missingFile(
      folder: url.deletingLastPathComponent().relativePath, file: url.lastPathComponent,
      advice: "Check the path and its permissions.")
  }
  guard attributes[.type] as? FileAttributeType == .typeRegular else {
    throw .unreadableFile(file: url.relativePath, reason: "it is not a regular file")
  }
  let size = (attributes[.size] as? NSNumber)?.intValue ?? 0
  guard size <= JSONLimits().bytes else {
    throw .unreadableFile(
      file: url.relativePath, reason: "it has \(size) bytes, more than \(JSONLimits().bytes)")
  }
  do { return Array(try Data(contentsOf: target)) } catch {
    throw .unreadableFile(file: url.relativePath, reason: error.localizedDescription)
  }
}
