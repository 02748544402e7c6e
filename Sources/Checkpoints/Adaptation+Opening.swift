import Foundation

extension Adaptation {
  /// Opens what is compared with a base: a PEFT adapter's folder, a second full checkpoint's, or the base's own.
  /// - Throws: ``CheckpointError``.
  public static func open(folder: URL, base: Model) throws(CheckpointError) -> Adaptation {
    try checkIsFolder(folder)
    let files = FileManager.default
    if files.fileExists(atPath: folder.appendingPathComponent("adapter_config.json").path) {
      return try AdapterReader(folder: folder, base: base).adaptation()
    }
    guard files.fileExists(atPath: folder.appendingPathComponent("config.json").path) else {
      throw .missingFile(
        folder: folder.relativePath, file: "adapter_config.json or config.json",
        advice: "Give the folder of a PEFT adapter or of a second HuggingFace model.")
    }
    return try CheckpointDifference(base: base, other: Checkpoint(folder)).adaptation()
  }
}
