import Files
import Foundation

/// The HuggingFace cache, where `hf download` and `from_pretrained` keep what they fetched. `models--ORG--NAME/refs/REVISION` holds the
/// commit that a branch or tag pointed to, `snapshots/COMMIT` its files, as links into `blobs`. It is read and never written.
///
/// Source: huggingface_hub, "Understand caching".
public struct HubCache: Sendable {
  /// The folder `hub`.
  public let folder: URL

  /// A cache in a folder.
  public init(folder: URL) { self.folder = folder }

  /// The cache that huggingface_hub uses: `HF_HUB_CACHE`, else `hub` in `HF_HOME`, which is `huggingface` in `XDG_CACHE_HOME` or `~/.cache`.
  public init(environment: [String: String] = ProcessInfo.processInfo.environment) {
    func named(_ variable: String) -> URL? {
      environment[variable].flatMap { $0.isEmpty ? nil : URL(filePath: NSString(string: $0).expandingTildeInPath) }
    }
    let general = named("XDG_CACHE_HOME") ?? URL(filePath: NSString(string: "~/.cache").expandingTildeInPath)
    let home = named("HF_HOME") ?? general.appending(path: "huggingface")
    folder = named("HF_HUB_CACHE") ?? named("HUGGINGFACE_HUB_CACHE") ?? home.appending(path: "hub")
  }

  /// The folder of a model's or adapter's files; nil where they are not in the cache.
  public func snapshot(of id: HubID) -> URL? {
    let repository = folder.appending(path: id.folderName)
    let reference = repository.appending(path: "refs/\(id.revision ?? "main")")
    let named = (try? readFile(reference, limit: 100)).flatMap { String(validating: $0, as: UTF8.self) }
    let commit = named?.trimmingCharacters(in: .whitespacesAndNewlines) ?? id.revision
    guard let commit, Folder.isName(commit) else { return nil }
    let snapshot = repository.appending(path: "snapshots/\(commit)")
    return FileManager.default.fileExists(atPath: snapshot.path) ? snapshot : nil
  }

  /// What a user means by an argument: a folder of this machine by its path, which always wins, or else by its name on the hub.
  /// - Throws: ``CheckpointError/missingFile(folder:file:advice:)`` with the command that fetches it, for what can only be a name of the
  ///   hub and is not in the cache. What can be a path is given back as one.
  public func folder(named argument: String) throws(CheckpointError) -> URL {
    let path = URL(fileURLWithPath: argument)
    guard !FileManager.default.fileExists(atPath: path.path), let id = HubID(argument) else { return path }
    if let snapshot = snapshot(of: id) { return snapshot }
    guard id.owner != nil else { return path }
    throw .missingFile(
      folder: argument, file: "such folder, nor is it in the HuggingFace cache",
      advice:
        "Give the folder of a HuggingFace model or a PEFT adapter, or fetch it: \(id.download). Nothing is downloaded here."
    )
  }
}
