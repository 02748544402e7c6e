import Foundation
import LeibnizTesting
import LinearAlgebra
import PairFixtures
import Results
import Testing

@testable import Analyses
@testable import Interventions
@testable import Leibniz
@testable import LongRuns
@testable import Measures
@testable import Subjects

/// Parts whose checksums are right and whose contents are not: refused or merged, and no trap.
@Suite struct HostilePartTests {
  private static let numbers = [
    "0", "-1", "1", "3", "99", "100000", "2147483647", "1099511627776", "17592186044415", "4611686018427387904",
    "9223372036854775807", "1e308", "0.5", "null", "true", "\"\"", "[]", "{}",
  ]
  private static let words: [UInt64] = [
    0, 1, 2, 7, 1 << 20, 1 << 40, (1 << 44) - 1, 1 << 44, 1 << 62, .max, Double.nan.bitPattern,
    Double.infinity.bitPattern, (-1e300).bitPattern, (1e300).bitPattern, Double.leastNonzeroMagnitude.bitPattern,
  ]

  /// The same with the checksum that it needs.
  private func sealed(_ body: [UInt8]) -> Data { Data(body + Array("\(fingerprint(of: body))\n".utf8)) }

  private func body(_ file: URL) throws -> [UInt8] { try Array(Data(contentsOf: file).dropLast(65)) }

  /// Puts another number, word or byte somewhere.
  private func mutated(_ body: [UInt8], _ random: inout SplitMix64) -> [UInt8] {
    var bytes = body
    switch random.next(below: 4) {
    case 0:
      let place = random.next(below: bytes.count)
      bytes[place] = UInt8(random.next(below: 256))
    case 1 where bytes.count > 16:
      // Sums stand at the end, in words.
      let place = bytes.count - 8 * (1 + random.next(below: bytes.count / 8 - 1))
      let word = Self.words[random.next(below: Self.words.count)]
      withUnsafeBytes(of: word.littleEndian) { bytes.replaceSubrange(place..<place + 8, with: $0) }
    default:
      let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
      var place = random.next(below: bytes.count)
      while place < bytes.count, !digits.contains(bytes[place]) { place += 1 }
      var end = place
      while end < bytes.count, digits.contains(bytes[end]) { end += 1 }
      bytes.replaceSubrange(place..<end, with: Self.numbers[random.next(below: Self.numbers.count)].utf8)
    }
    return bytes
  }

  /// Whether a merge gave something that can be written, or said why not.
  private func merges(_ parts: [URL]) -> Bool {
    do {
      switch try merge(parts) {
      case .analyses(let analyses): for analysis in analyses { _ = try AnalysisJSON.bytes(analysis) }
      case .ablations(let ablations): for ablation in ablations { _ = try AblationJSON.bytes(ablation) }
      }
      return true
    } catch {
      #expect(error is ShardError || error is ResultsError, "\(error)")
      #expect(!"\(error)".isEmpty)
      return false
    }
  }

  private func attack(_ parts: [URL], cases: Int, seed: UInt64) throws {
    #expect(merges(parts))
    var random = SplitMix64(seed: seed)
    var refused = 0
    for _ in 0..<cases {
      let folder = parts[random.next(below: parts.count)]
      let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
      let file = folder.appending(path: names[random.next(below: names.count)])
      let intact = try Data(contentsOf: file)
      var changed = try body(file)
      for _ in 0...random.next(below: 3) { changed = mutated(changed, &random) }
      try sealed(changed).write(to: file)
      if !merges(parts) { refused += 1 }
      try intact.write(to: file)
    }
    #expect(refused > cases / 10 && merges(parts))
  }

  @Test(arguments: 1...2) func `Analyses`(seed: UInt64) throws {
    try withTinyPair { pair in
      let parts = try (1...2).map { number in
        let part = pair.base.deletingLastPathComponent().appending(path: "parts/\(number)")
        var options = AnalysisOptions(threads: 1, computesLoss: true, parts: Set(AnalysisPart.allCases))
        (options.nulls, options.pairs, options.batchTokens) = (1, 2, 60)
        try analyze(
          base: pair.base, adapted: [pair.adapter], prompts: .file(pair.prompts), options: options,
          shard: #require(Shard(number, of: 2)), to: part)
        return part
      }
      try attack(parts, cases: 60, seed: seed)
    }
  }

  @Test func `Ablations`() throws {
    try withTinyPair { pair in
      let parts = try (1...2).map { number in
        let part = pair.base.deletingLastPathComponent().appending(path: "parts/\(number)")
        var options = AblationOptions(sweeps: [.layers], threads: 1)
        options.batchTokens = 60
        try ablate(
          base: pair.base, adapted: [pair.adapter], prompts: .file(pair.prompts), interventions: [.twoViews],
          options: options, shard: #require(Shard(number, of: 2)), to: part)
        return part
      }
      try attack(parts, cases: 60, seed: 4)
    }
  }

  /// A file that claims more than it holds.
  @Test func `Sizes are believed as far as bytes go`() throws {
    try withTinyPair { pair in
      let part = pair.base.deletingLastPathComponent().appending(path: "part")
      try analyze(
        base: pair.base, adapted: [pair.adapter], prompts: .file(pair.prompts),
        options: AnalysisOptions(threads: 1), shard: #require(Shard(1, of: 1)), to: part)
      for (name, old, new) in [
        ("shard.part", "\"heads\":4", "\"heads\":9999"), ("shard.part", "\"nulls\":0", "\"nulls\":1000"),
        ("shard.part", "\"count\":6", "\"count\":1099511627776"),
        ("batch-1.part", "\"prompts\":6", "\"prompts\":999999999"),
        ("batch-1.part", "\"prompts\":6", "\"prompts\":5"),
      ] {
        let file = part.appending(path: name)
        let intact = try Data(contentsOf: file)
        let bytes = try body(file)
        let place = try #require(bytes.firstRange(of: Array(old.utf8)), "\(old)")
        var changed = bytes
        changed.replaceSubrange(place, with: Array(new.utf8))
        if name == "shard.part" {
          // The first section grows with it.
          let sections = try #require(bytes.firstRange(of: Array("\"sections\":[".utf8)))
          let end = try #require(bytes[sections.upperBound...].firstIndex(of: UInt8(ascii: ",")))
          let count = try #require(Int(String(decoding: bytes[sections.upperBound..<end], as: UTF8.self)))
          changed.replaceSubrange(
            sections.upperBound..<end, with: Array("\(count + new.utf8.count - old.utf8.count)".utf8))
        }
        try sealed(changed).write(to: file)
        #expect(!merges([part]), "\(new)")
        try intact.write(to: file)
      }
      #expect(merges([part]))
    }
  }
}
