import Attribution
import Results
import StrictJSON

/// What a report holds besides its numbers, as parts carry it.
package protocol PartFrame {
  /// What is summed up.
  associatedtype Gathered: Sums
  /// What is made of sums.
  associatedtype Report: BatchReport
  /// The kind of report, as parts name it.
  static var kind: String { get }

  /// By adapter, its report without a number.
  var blanks: [Report] { get }
  /// A report of each adapter.
  func reports(from sums: Gathered) -> [Report]
  /// What a part carries: first how to make a report of sums, then what each adapter's holds besides; of prompts some alone.
  func sections(prompts: Set<Int>, verifications: [Verification]) throws -> [[UInt8]]
  /// Puts together what parts carry.
  init(_ parts: PartContents) throws(JSONMemberError)
  /// Sums over no prompt; nil where so many bytes cannot hold a batch of them.
  func empty(within bytes: Int) -> Gathered?
  /// Whether sums that were read name nothing that is not there.
  /// - Parameter prompts: How many prompts all batches have together.
  func isSound(_ sums: Gathered, prompts: Int) -> Bool
}

/// What the parts of a run carry besides sums.
package struct PartContents {
  /// How to make a report, of the first shard.
  package let first: JSONReader
  /// What each adapter's report holds besides its numbers, of the first shard.
  package let results: [[UInt8]]
  /// The same as `first`, of all shards.
  private let all: [JSONReader]

  /// - Parameter parts: In the order of their shards; at least one.
  package init(_ parts: [PartFolder]) throws(JSONMemberError) {
    var all: [JSONReader] = []
    for part in parts {
      let file = part.folder.appendingPathComponent(PartFolder.head).relativePath
      all.append(try JSONReader(file: file, bytes: part.sections[0]))
    }
    (first, results, self.all) = (all[0], Array(parts[0].sections.dropFirst()), all)
    guard !results.isEmpty else { throw first.error("", "no adapter is in it") }
  }

  /// All prompts, each of which some part has.
  /// - Parameters:
  ///   - regions: By adapter, how many regions there are; nil where nobody asks for their tokens.
  ///   - hasTokens: Whether the tokens themselves are asked for.
  package func prompts(
    adapters: Int, regions: [Int]? = nil, hasTokens: Bool = false
  ) throws(JSONMemberError) -> [PartPrompt] {
    let count = try first.integer("count", in: 1...1 << 40)
    var found: [Int: PartPrompt] = [:]
    for reader in all {
      for entry in try reader.objects("prompts") {
        let index = try entry.integer("index", in: 0...count - 1)
        let prompt = try PartPrompt(entry, adapters: adapters, regions: regions, hasTokens: hasTokens)
        // Passes over the same prompts may be in several shards.
        guard found[index] == nil || found[index] == prompt else {
          throw entry.error("", "another part says otherwise")
        }
        found[index] = prompt
      }
    }
    guard found.count == count else { throw first.error("prompts", "\(count - found.count) are in no part") }
    return found.sorted { $0.key < $1.key }.map(\.value)
  }
}
