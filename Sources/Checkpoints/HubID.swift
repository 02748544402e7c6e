import Foundation
import StrictJSON

/// The name of a model or adapter on the hub, `OWNER/NAME` or `NAME`, with a revision behind an `@` where it is not `main`.
public struct HubID: Sendable, Equatable, CustomStringConvertible {
  /// Whose it is; nil for the oldest models, as `gpt2`.
  public let owner: String?
  /// What it is called.
  public let name: String
  /// A branch, a tag or a commit; nil for `main`.
  public let revision: String?

  /// Reads a name; nil for what the hub would not take.
  public init?(_ text: String) {
    let part = "[A-Za-z0-9_]+(?:(?:-[.]|[.]-|-|[.])[A-Za-z0-9_]+)*"
    let pattern = try? Regex("(?:(\(part))/)?(\(part))(?:@([A-Za-z0-9_][-._A-Za-z0-9]*))?", as: Captured.self)
    guard let pattern, text.utf8.count <= 200, let found = text.wholeMatch(of: pattern)?.output else { return nil }
    (owner, name, revision) = (found.1.map(String.init), String(found.2), found.3.map(String.init))
  }

  private typealias Captured = (Substring, Substring?, Substring, Substring?)

  /// The snapshot that a folder of a cache is, `models--OWNER--NAME/snapshots/COMMIT`; nil for other folders. Its revision is the commit
  /// unless `main` is at it.
  public init?(snapshot folder: URL) {
    let folder = folder.standardizedFileURL
    let parts = Array(folder.pathComponents.suffix(3))
    guard parts.count == 3, parts[1].isSpelled("snapshots"),
      let found = parts[0].wholeMatch(of: /models--(?:(.+?)--)?(.+)/)?.output,
      let id = HubID([found.1, found.2].compactMap(\.self).joined(separator: "/"))
    else { return nil }
    let cache = HubCache(folder: folder.appending(path: "../../..").standardizedFileURL)
    let isMain = cache.snapshot(of: id)?.standardizedFileURL.path.isSpelled(folder.path) ?? false
    (owner, name, revision) = (id.owner, id.name, isMain ? nil : parts[2])
  }

  /// Owner and name, as the hub writes them.
  public var repository: String { [owner, name].compactMap(\.self).joined(separator: "/") }
  /// As a command takes it.
  public var description: String { [repository, revision].compactMap(\.self).joined(separator: "@") }
  /// The command that fetches it.
  var download: String { "hf download \(repository)\(revision.map { " --revision \($0)" } ?? "")" }
  /// Its folder in a cache.
  var folderName: String { ["models", owner, name].compactMap(\.self).joined(separator: "--") }
}

extension URL {
  /// What a model's or adapter's folder is called: its name on the hub where it lies in a HuggingFace cache, whose own folders are called
  /// after commits; else the last part of its path.
  package var modelName: String { HubID(snapshot: self)?.name ?? lastPathComponent }
}
