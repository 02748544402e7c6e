import Files
import Fingerprints
import Foundation
import Results
import StrictJSON

/// A file of a run's finished batches: what makes it part of the run, then some bytes, then a checksum.
///
/// The first line is a JSON object that says what stands behind it; its sections follow byte by byte, and the SHA-256 of
/// everything before it ends the file.
package struct ShardFile {
  /// What is said of the sections.
  package struct Head: Sendable, Equatable {
    /// The run.
    package var identity: RunIdentity
    /// Which share of the run; nil for all of it.
    package var shard: Shard?
    /// Batches of the whole run.
    package var batches: Int
    /// Which batch its sums are of, from 0; nil where it holds none.
    package var batch: Int?
    /// Prompts of the batch.
    package var prompts = 0
  }

  package let head: Head
  private let data: [UInt8]
  /// Where each section stands.
  private let places: [Range<Int>]

  /// How many sections there are.
  package var count: Int { places.count }

  /// The bytes of a section.
  package func bytes(_ section: Int) -> [UInt8] { Array(data[places[section]]) }
}

extension ShardFile {
  private static let format = "leibniz part"
  private static let schema = 1
  private static let checksum = 64 + 1

  /// The bytes of a file.
  package static func bytes(_ head: Head, sections: [[UInt8]]) -> [UInt8] {
    var object: [String: Any] = [
      "format": format, "schema": schema, "version": leibnizVersion, "digest": head.identity.digest,
      "request": head.identity.entries.map { ["name": $0.name, "value": $0.value] }, "batches": head.batches,
      "sections": sections.map(\.count),
    ]
    if let shard = head.shard { (object["shard"], object["shards"]) = (shard.number, shard.count) }
    if let batch = head.batch { (object["batch"], object["prompts"]) = (batch, head.prompts) }
    let whole = sections.reduce(into: jsonLine(object) + [UInt8(ascii: "\n")]) { $0 += $1 }
    return whole + Array("\(fingerprint(of: whole))\n".utf8)
  }

  /// Reads a file.
  /// - Throws: ``ShardError`` where it is none, of another version or damaged.
  package init(_ url: URL) throws(ShardError) {
    let name = url.relativePath
    do { data = try readFile(url) } catch { throw .unreadable(name, reason: error.reason) }
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
    guard data[body.endIndex...].elementsEqual("\(fingerprint(of: body))\n".utf8) else { throw .damaged(name) }
    guard let head = try? Head(reader), let counts = try? reader.optionalIntegers("sections") else {
      throw .damaged(name)
    }
    self.head = head
    var (places, position): ([Range<Int>], Int) = ([], end + 1)
    for count in counts {
      guard (0...(body.endIndex - position)).contains(count) else { throw .damaged(name) }
      places.append(position..<position + count)
      position += count
    }
    guard position == body.endIndex else { throw .damaged(name) }
    self.places = places
  }
}

extension ShardFile.Head {
  fileprivate init(_ reader: JSONReader) throws(JSONMemberError) {
    var entries: [(String, String)] = []
    for entry in try reader.objects("request") { entries.append((try entry.string("name"), try entry.string("value"))) }
    identity = RunIdentity(entries)
    guard try reader.string("digest") == identity.digest else { throw reader.error("digest", "another request") }
    batches = try reader.integer("batches", in: 0...Int(Int32.max))
    if reader["shard"] != nil {
      shard = Shard(try reader.integer("shard"), of: try reader.integer("shards"))
      guard shard != nil else { throw reader.error("shard", "no such shard") }
    }
    guard reader["batch"] != nil else { return }
    batch = try reader.integer("batch", in: 0...max(batches - 1, 0))
    prompts = try reader.integer("prompts", in: 0...1 << 40)
  }
}

extension ShardFile.Head {
  /// The first that another run says otherwise, or another share of the same run.
  /// - Parameter allowsAnyKernel: Whether the kernel does not count.
  package func difference(from other: ShardFile.Head, allowsAnyKernel: Bool = false) -> RequestDifference? {
    if let difference = identity.difference(from: other.identity, allowsAnyKernel: allowsAnyKernel) {
      return difference
    }
    if shard != other.shard { return RequestDifference("the shard", Self.name(shard), Self.name(other.shard)) }
    return batches == other.batches ? nil : RequestDifference("the number of batches", "\(batches)", "\(other.batches)")
  }

  private static func name(_ shard: Shard?) -> String { shard.map(\.description) ?? "all" }
}

/// An object of numbers, texts, lists and objects on one line.
package func jsonLine(_ object: [String: Any]) -> [UInt8] {
  guard let line = try? JSONSerialization.data(withJSONObject: object, options: [.sortedKeys, .withoutEscapingSlashes])
  else { preconditionFailure("numbers and texts have a JSON form") }
  return Array(line)
}
