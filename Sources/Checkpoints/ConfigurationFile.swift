import Architectures
import Files
import Foundation
import StrictJSON

/// The config.json of a model's folder.
struct ConfigurationFile {
  let bytes: [UInt8]
  let reader: JSONReader

  /// Reads it.
  init(_ url: URL) throws(CheckpointError) {
    let folder = try openFolder(url)
    guard folder.holds("config.json") else {
      throw .missingFile(
        folder: folder.path, file: "config.json",
        advice: folder.holds("adapter_config.json")
          ? "It is a PEFT adapter's folder; the folder of the model it was trained on is expected."
          : "Give the folder that holds config.json and the weights of a HuggingFace model.")
    }
    let file = try JSONFile("config.json", in: folder)
    (bytes, reader) = (file.bytes, file.reader)
  }

  /// The architecture.
  func description() throws(CheckpointError) -> ModelDescription {
    return try readingConfiguration { () throws(JSONMemberError) in try Family.describe(config: reader) }
  }

  /// How weights are stored. A configuration may speak of quantisation and stand beside plain tensors, as a model has that was loaded
  /// so and saved in 16 bits.
  func storage(of tensors: TensorFolder) throws(CheckpointError) -> StorageScheme {
    guard tensors.holdsPacked else { return .plain }
    return try readingConfiguration { () throws(JSONMemberError) in try StorageScheme(reader) }
  }
}
