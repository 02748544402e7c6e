import Fingerprints
import Foundation

/// What the sums of a run follow from: batches belong together where it is the same.
package struct RunIdentity: Sendable, Equatable {
  /// What a user can tell requests apart by, in a fixed order: the command, models, prompts, options, the batches' plan.
  package let entries: [Entry]
  /// SHA-256 of all.
  package let digest: String

  /// Something that a request says.
  package struct Entry: Sendable, Equatable {
    /// What it is, as in "the prompts".
    package var name: String
    /// Its value.
    package var value: String
  }

  package init(_ entries: [(name: String, value: String)]) {
    self.entries = entries.map { Entry(name: $0.name, value: $0.value) }
    var fingerprint = Fingerprint()
    for entry in entries { fingerprint.add("\(entry.name.debugDescription) \(entry.value.debugDescription)\n") }
    digest = fingerprint.hexadecimal()
  }

  /// The name of the entry that says on which kernel products were computed.
  package static let kernelEntry = "OpenBLAS's kernel"

  /// The kernel that products were computed on.
  package var kernel: String? { entries.first { $0.name == Self.kernelEntry }?.value }

  /// The same request on whatever kernel.
  package var onAnyKernel: RunIdentity {
    RunIdentity(entries.filter { $0.name != Self.kernelEntry }.map { ($0.name, $0.value) })
  }

  /// The first that another request says otherwise.
  /// - Parameter allowsAnyKernel: Whether the kernel does not count.
  package func difference(from other: RunIdentity, allowsAnyKernel: Bool = false) -> RequestDifference? {
    if allowsAnyKernel { return onAnyKernel.difference(from: other.onAnyKernel) }
    for (own, other) in zip(entries, other.entries) where own != other {
      return RequestDifference(own.name, own.value, other.value)
    }
    return digest == other.digest ? nil : RequestDifference("the request", digest, other.digest)
  }
}

/// What two requests say otherwise.
public struct RequestDifference: Sendable, Equatable {
  /// What it is, as in "the prompt file".
  public var name: String
  /// What the one says.
  public var found: String
  /// What the other says.
  public var expected: String

  package init(_ name: String, _ found: String, _ expected: String) {
    (self.name, self.found, self.expected) = (name, found, expected)
  }
}

/// SHA-256 of some bytes.
package func fingerprint(of bytes: some DataProtocol) -> String {
  var fingerprint = Fingerprint()
  for region in bytes.regions { region.withUnsafeBytes { fingerprint.add($0) } }
  return fingerprint.hexadecimal()
}

extension RunIdentity {
  /// The hash of a plan of batches.
  package static func plan(_ batches: [[Int]]) -> String {
    var fingerprint = Fingerprint()
    for batch in batches { fingerprint.add("\(batch)\n") }
    return "\(batches.count) batches, \(fingerprint.hexadecimal().prefix(16))"
  }
}
