import Files
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
  let tensors: [Name: Tensor]
  /// Number of elements in all tensors.
  var parameters: Int { tensors.values.reduce(0) { $0 + $1.count } }
  /// Size of all tensors in bytes.
  var byteCount: Int { tensors.values.reduce(0) { $0 + $1.bytes.count } }
  private let headers: [[UInt8]]

  /// Opens `model.safetensors`, or the shards that `model.safetensors.index.json` names.
  init(model url: URL) throws(CheckpointError) {
    let folder = try openFolder(url)
    if folder.holds("model.safetensors") {
      try self.init(folder: folder, name: url.modelName, files: ["model.safetensors"])
    } else if folder.holds("model.safetensors.index.json") {
      try self.init(folder: folder, name: url.modelName, index: "model.safetensors.index.json")
    } else {
      throw .missingFile(
        folder: folder.path, file: "model.safetensors", advice: FolderContents(url).advice(for: .model))
    }
  }

  /// Whether a tensor is there that only quantised weights have: integers, eight bits, or what scales them.
  var holdsPacked: Bool {
    let plain: Set<ElementType> = [.float64, .float32, .float16, .bfloat16, .bool, .int64]
    let endings = [".qweight", ".scales", ".weight_scale", ".weight_scale_inv", ".absmax", ".SCB"]
    return tensors.values.contains { tensor in
      !plain.contains(tensor.type) || endings.contains { tensor.name.ends(with: $0) }
    }
  }

  /// The type of most weights.
  var storedType: String {
    var counts: [ElementType: Int] = [:]
    for tensor in tensors.values { counts[tensor.type, default: 0] += tensor.count }
    return counts.max { ($0.value, $1.key.rawValue) < ($1.value, $0.key.rawValue) }?.key.rawValue ?? "F32"
  }

  /// Opens files of a folder.
  init(folder: Folder, name: String, files: [Name]) throws(CheckpointError) {
    var tensors: [Name: Tensor] = [:]
    var headers: [[UInt8]] = []
    for file in files {
      let content = try Self.weights(file.text, in: folder)
      headers.append(content.header)
      for tensor in content.tensors {
        if let other = tensors.updateValue(tensor, forKey: Name(tensor.name)) {
          throw .unexpectedTensor(
            file: content.name, tensor: tensor.name, reason: "it stands in \(other.file) too; one of the files is stale"
          )
        }
      }
    }
    path = folder.path
    self.name = name
    self.tensors = tensors
    self.headers = headers
  }

  private static func weights(_ file: String, in folder: Folder) throws(CheckpointError) -> SafetensorsFile {
    let open: OpenFile
    do { open = try folder.open(file) } catch  where error.isMissing {
      throw .missingFile(
        folder: folder.path, file: file, advice: "A part of the weights is missing; download it again.")
    } catch {
      throw .weights(.unreadable(file: "\(folder.path)/\(file)", reason: error.reason))
    }
    return try readingWeights { () throws(SafetensorsError) in try SafetensorsFile(open) }
  }

  private init(folder: Folder, name: String, index: String) throws(CheckpointError) {
    let reader = try JSONReader.opening(index, in: folder)
    let map = try readingConfiguration { () throws(JSONMemberError) in try reader.optionalObject("weight_map") }
    guard let map, !map.object.members.isEmpty else {
      throw .configuration(reader.error("weight_map", "missing or empty; download the index again"))
    }
    var shardOfTensor: [Name: Name] = [:]
    for (tensor, value) in map.object.members {
      guard case .string(let shard) = value, shard.ends(with: ".safetensors"), Folder.isName(shard) else {
        throw .configuration(
          map.error(
            tensor, "a plain name of a .safetensors file is expected; nothing outside the folder is opened"))
      }
      shardOfTensor[Name(tensor)] = Name(shard)
    }
    try self.init(folder: folder, name: name, files: Set(shardOfTensor.values).sorted())
    for (tensor, shard) in shardOfTensor.sorted(by: { $0.key < $1.key }) {
      guard let file = tensors[tensor]?.file, file.isSpelled("\(folder.path)/\(shard)") else {
        throw .configuration(
          map.error(tensor.text, "the tensor is not in \(shard); index and shards do not belong together"))
      }
    }
  }

  /// SHA-256 over configuration, headers and each tensor's first 4 KiB in the order of their names.
  func fingerprint(configuration: [UInt8]) -> String {
    var fingerprint = Fingerprint()
    fingerprint.add(configuration)
    for header in headers { fingerprint.add(header) }
    for (_, tensor) in tensors.sorted(by: { $0.key < $1.key }) {
      fingerprint.add(UnsafeRawBufferPointer(rebasing: tensor.bytes.prefix(4096)))
    }
    return fingerprint.hexadecimal()
  }
}

extension JSONReader {
  /// Reads a JSON file of a folder.
  static func opening(_ name: String, in folder: Folder) throws(CheckpointError) -> JSONReader {
    try JSONFile(name, in: folder).reader
  }
}

/// A JSON file of a folder, with its bytes for a fingerprint.
struct JSONFile {
  let bytes: [UInt8]
  let reader: JSONReader

  /// Reads it; neither a pipe nor anything too large for a configuration is read.
  init(_ name: String, in folder: Folder) throws(CheckpointError) {
    let path = "\(folder.path)/\(name)"
    let bytes: [UInt8]
    do { bytes = try folder.open(name).bytes(limit: JSONLimits().bytes) } catch  where error.isMissing {
      throw .missingFile(folder: folder.path, file: name, advice: "Check the path and its permissions.")
    } catch { throw .unreadableFile(file: path, reason: error.reason) }
    self.bytes = bytes
    reader = try readingConfiguration { () throws(JSONMemberError) in try JSONReader(file: path, bytes: bytes) }
  }
}

/// Opens a folder of a model or an adapter.
func openFolder(_ url: URL) throws(CheckpointError) -> Folder {
  do { return try Folder(url) } catch {
    guard error.isMissing || error.isFile else {
      throw .unreadableFile(file: url.relativePath, reason: error.reason)
    }
    if error.isFile, FileManager.default.fileExists(atPath: url.path) { throw .isFile(path: url.relativePath) }
    throw .missingFile(
      folder: url.relativePath, file: "such folder",
      advice: "Give the folder of a HuggingFace model or a PEFT adapter; nothing is downloaded.")
  }
}
