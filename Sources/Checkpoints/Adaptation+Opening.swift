import Files
import Foundation
import StrictJSON

extension Adaptation {
  /// Opens what is compared with a base: a PEFT or MLX adapter's folder, a second full checkpoint's, or the base's own.
  /// - Throws: ``CheckpointError``.
  public static func open(folder: URL, base: Model) throws(CheckpointError) -> Adaptation {
    let files = try openFolder(folder)
    if files.holds("adapter_config.json") {
      let isMLX = MLXAdapter.wrote(try JSONReader.opening("adapter_config.json", in: files))
      return isMLX
        ? try MLXAdapter(folder: folder, base: base).adaptation()
        : try AdapterReader(folder: folder, base: base).adaptation()
    }
    guard files.holds("config.json") else {
      throw .missingFile(
        folder: folder.relativePath, file: "adapter_config.json or config.json",
        advice: FolderContents(folder).advice(for: .either))
    }
    return try CheckpointDifference(base: base, other: Checkpoint(folder)).adaptation()
  }
}
