import Foundation
import StrictJSON

/// A file of finished batches: what makes them part of a run, then their sums, then a checksum.
///
/// The first line is a JSON object that says what stands behind it; its sections follow byte by byte, and the SHA-256 of
/// everything before it ends the file.
struct ShardFile {
  /// What is said of the sections.
  struct Head: Sendable, Equatable {
    /// Version of Leibniz that wrote it.
    var version = leibnizVersion
    /// The run.
    var identity: RunIdentity
    /// Batches of the whole run.
    var batches: Int
    /// The sections in their order.
    var sections: [Section]
  }

  /// Some bytes.
  struct Section: Sendable, Equatable {
    /// The batch, from 0.
    var batch: Int
    /// Its prompts.
    var prompts: Int
    /// Their number.
    var count: Int
  }

  let head: Head
  private let data: Data
  /// Where each section begins.
  private let starts: [Int]

  /// The bytes of a section.
  func bytes(_ section: Int) -> [UInt8] {
    let start = data.startIndex + starts[section]
    return Array(data[start..<start + head.sections[section].count])
  }

  /// The bytes of a batch.
  func bytes(ofBatch batch: Int) -> (bytes: [UInt8], prompts: Int)? {
    guard let place = head.sections.firstIndex(where: { $0.batch == batch }) else { return nil }
    return (bytes(place), head.sections[place].prompts)
  }
}

extension ShardFile {
  private static let format = "leibniz part"
  private static let schema = 1
  private static let checksum = 64 + 1

  /// The bytes of a file.
  static func bytes(
    _ identity: RunIdentity, batches: Int, sections: [(section: Section, bytes: [UInt8])]
  ) -> [UInt8] {
    let entries = identity.entries.map { ["name": $0.name, "value": $0.value] }
    let head: [String: Any] = [
      "format": format, "schema": schema, "version": leibnizVersion, "digest": identity.digest, "request": entries,
      "batches": batches,
      "sections": sections.map { section, bytes in
        ["batch": section.batch, "prompts": section.prompts, "bytes": bytes.count]
      },
    ]
    guard let line = try? JSONSerialization.data(withJSONObject: head, options: [.sortedKeys, .withoutEscapingSlashes])
    else { preconditionFailure("numbers and texts have a JSON form") }
    let whole = sections.reduce(into: Array(line) + [UInt8(ascii: "\n")]) { $0 += $1.bytes }
    return whole + Array("\(fingerprint(of: whole))\n".utf8)
  }

  /// Reads a file.
  /// - Throws: ``ShardError`` where it is none, of another version or damaged.
  init(_ url: URL) throws(ShardError) {
    let name = url.relativePath
    var isFolder: ObjCBool = false
    if FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder), isFolder.boolValue {
      throw .notAPart(name, reason: "it is a folder")
    }
    do { data = try Data(contentsOf: url, options: .mappedIfSafe) } catch {
      throw .unreadable(name, reason: error.localizedDescription)
    }
    guard let end = data.firstIndex(of: UInt8(ascii: "\n")),
      let reader = try? JSONReader(file: name, bytes: Array(data[..<end])),
      (try? reader.string("format")) == Self.format
    else { throw .notAPart(name, reason: "it does not begin as one") }
    // Another version may say everything else in another way.
    guard let version = try? reader.string("version") else { throw .damaged(name) }
    guard version == leibnizVersion, (try? reader.integer("schema")) == Self.schema else {
      throw .otherVersion(name, version: version)
    }
    guard data.count > end + Self.checksum else { throw .damaged(name) }
    let body = data[..<(data.endIndex - Self.checksum)]
    guard Array(data[body.endIndex...]) == Array("\(fingerprint(of: Array(body)))\n".utf8) else { throw .damaged(name) }
    do { head = try Head(reader, version: version) } catch { throw .damaged(name) }
    var starts: [Int] = []
    var position = end + 1
    for section in head.sections {
      starts.append(position)
      guard section.count <= body.endIndex - position else { throw .damaged(name) }
      position += section.count
    }
    guard position == body.endIndex else { throw .damaged(name) }
    self.starts = starts
  }
}

extension ShardFile.Head {
  fileprivate init(_ reader: JSONReader, version: String) throws(JSONMemberError) {
    self.version = version
    var entries: [(String, String)] = []
    for entry in try reader.objects("request") { entries.append((try entry.string("name"), try entry.string("value"))) }
    identity = RunIdentity(entries)
    guard try reader.string("digest") == identity.digest else { throw reader.error("digest", "another request") }
    batches = try reader.integer("batches", in: 0...Int(Int32.max))
    sections = []
    for entry in try reader.objects("sections") {
      let count = try entry.integer("bytes", in: 0...Int.max)
      let (batch, prompts) = (
        try entry.integer("batch", in: 0...max(batches - 1, 0)), try entry.integer("prompts", in: 0...1 << 40)
      )
      sections.append(.init(batch: batch, prompts: prompts, count: count))
    }
  }
}
