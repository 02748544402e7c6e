import Architectures
import Foundation
import StrictJSON

extension Adaptation {
  /// Opens what is compared with a base: a PEFT adapter's folder, a second full checkpoint's, or the base's own.
  /// - Throws: ``CheckpointError``.
  public static func open(folder: URL, base: Model) throws(CheckpointError) -> Adaptation {
    let configuration = folder.appendingPathComponent("adapter_config.json")
    if FileManager.default.fileExists(atPath: configuration.path) {
      return try AdapterReader(folder: folder, configuration: configuration, base: base).adaptation()
    }
    guard FileManager.default.fileExists(atPath: folder.appendingPathComponent("config.json").path) else {
      throw .missingFile(
        folder: folder.lastPathComponent, file: "adapter_config.json or config.json",
        advice: "Give the folder of a PEFT adapter or of a second HuggingFace model.")
    }
    return try CheckpointDifference(base: base, other: Checkpoint(folder)).adaptation()
  }
}
