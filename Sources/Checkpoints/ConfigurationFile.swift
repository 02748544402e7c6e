import Architectures
import Foundation
import StrictJSON

/// The config.json of a model's folder.
struct ConfigurationFile {
  let bytes: [UInt8]
  let reader: JSONReader

  /// Reads it.
  init(_ folder: URL) throws(CheckpointError) {
    try checkIsFolder(folder)
    let file = folder.appendingPathComponent("config.json")
    let adapter = folder.appendingPathComponent("adapter_config.json")
    guard FileManager.default.fileExists(atPath: file.path) else {
      throw .missingFile(
        folder: folder.relativePath, file: "config.json",
        advice: FileManager.default.fileExists(atPath: adapter.path)
          ? "It is a PEFT adapter's folder; the folder of the model it was trained on is expected."
          : "Give the folder that holds config.json and the weights of a HuggingFace model.")
    }
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

/// Throws for a path that is no folder.
func checkIsFolder(_ url: URL) throws(CheckpointError) {
  var isFolder: ObjCBool = false
  guard FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder), isFolder.boolValue else {
    throw .missingFile(
      folder: url.relativePath, file: "such folder",
      advice: "Give the folder of a HuggingFace model or a PEFT adapter; nothing is downloaded.")
  }
}
