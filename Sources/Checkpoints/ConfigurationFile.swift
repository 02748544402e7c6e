import Architectures
import Foundation
import StrictJSON

/// The config.json of a model's folder.
struct ConfigurationFile {
  let bytes: [UInt8]
  let reader: JSONReader

  /// Reads it.
  init(_ folder: URL) throws(CheckpointError) {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: folder.path, isDirectory: &isFolder), isFolder.boolValue else {
      throw .missingFile(
        folder: folder.deletingLastPathComponent().lastPathComponent, file: "folder \(folder.lastPathComponent)",
        advice: "Give the folder of a HuggingFace model; nothing is downloaded.")
    }
    let file = folder.appendingPathComponent("config.json")
    bytes = try readFile(file)
    reader = try JSONReader.opening(file, bytes: bytes)
  }

  /// The architecture.
  func description() throws(CheckpointError) -> ModelDescription {
    if let quantization = reader["quantization_config"] {
      throw .configuration(
        reader.error(
          "quantization_config",
          """
          the weights are quantized\(Self.method(quantization)), which is not supported; give the original model in \
          F32, F16 or BF16
          """))
    }
    return try readingConfiguration { () throws(JSONMemberError) in try Family.describe(config: reader) }
  }

  private static func method(_ quantization: JSONValue) -> String {
    guard case .object(let object) = quantization, case .string(let method) = object["quant_method"] else { return "" }
    return " by \(method)"
  }
}
