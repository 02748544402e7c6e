import Foundation

/// A base model and what changes in it, opened and checked against each other; they travel as one.
///
/// Opening reads configurations, headers and the adapter's small tensors. The weights stay in their mapped files.
///
/// ```swift
/// let pair = try ModelPair(base: URL(filePath: "SmolLM2-135M"), adapted: URL(filePath: "my-adapter"))
/// print(pair.model.name, pair.adaptation.kind)
/// ```
public struct ModelPair: Sendable {
  /// The base, with the base adapters merged in.
  public let model: Model
  /// What changes.
  public let adaptation: Adaptation
  /// The base's folder, as it was given. Its tokenizer is there too.
  public let folder: URL
  /// The folder of what changes, as it was given. It may hold a tokenizer of its own.
  public let adaptedFolder: URL

  /// Opens the folders.
  /// - Parameters:
  ///   - base: A HuggingFace model folder.
  ///   - adapted: A PEFT adapter's folder, a second checkpoint's, or the base's own.
  ///   - baseAdapters: Folders of PEFT adapters that are merged into the base first, in order; see
  ///     ``Model/merging(adapterFolders:)``.
  /// - Throws: ``CheckpointError``, which names the folder or file, what was found there and what to do.
  public init(base: URL, adapted: URL, baseAdapters: [URL] = []) throws(CheckpointError) {
    try self.init(model: Self.model(base: base, baseAdapters: baseAdapters), folder: base, adapted: adapted)
  }

  /// Opens what is compared with a base that is open already, so that several can share it.
  /// - Throws: ``CheckpointError``.
  public init(model: Model, folder: URL, adapted: URL) throws(CheckpointError) {
    self.folder = folder
    adaptedFolder = adapted
    self.model = model
    adaptation = try Adaptation.open(folder: adapted, base: model)
  }

  /// Opens a base with adapters merged in.
  /// - Throws: ``CheckpointError``.
  public static func model(base: URL, baseAdapters: [URL] = []) throws(CheckpointError) -> Model {
    try Model(folder: base).merging(adapterFolders: baseAdapters)
  }
}
