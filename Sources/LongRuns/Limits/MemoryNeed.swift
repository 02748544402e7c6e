import Attribution
import Checkpoints
import PairedForward
import Results

/// About how much memory a run takes, known before anything is computed: what its largest batch takes, and what is gathered.
/// The mapped files of the models are not counted, since the system takes their pages back.
public struct MemoryNeed: Sendable, Equatable {
  /// What every run takes: adapters, tokenizer, prompts, the linear algebra's own buffers.
  package static let fixed = 150_000_000

  /// What a thread's buffers of matrix products take, of address space more than of memory, with the thread's stack.
  static let productBuffer = 150_000_000

  /// What passes through the layers.
  public var pass: PassMemory
  /// Sums, and what threads gather of one layer until it is done.
  public var gathered: Int
  /// Rows and files of the report, formed when nothing passes through the layers any more.
  public var report = 0
  /// How many tasks run at a time.
  package var threads = 1
  /// How many regions are told apart.
  package var regions = 0
  /// What of it is needed for who wrote what, beside what passes through the layers; 0 where nobody asks.
  package var writers = 0
  /// Tokens of that batch.
  public var tokens: Int
  /// How many prompts it has.
  public var prompts: Int
  /// The id of its longest prompt.
  public var longest: String
  /// How many changed models pass through: adapters, random changes, interventions.
  public var runs: Int

  /// All of it, in bytes.
  public var total: Int { Self.fixed + gathered + max(pass.total, report) }
}

extension MemoryNeed {
  /// What a pass needs.
  /// - Parameters:
  ///   - batches: By batch, the indices of its prompts. The one with the most tokens counts.
  ///   - blocks: How many pairs of regions are told apart, in all runs together.
  package init(
    _ forward: PairedForward, _ batches: [[Int]], of prompts: [ForwardPrompt], ids: [String], _ runs: [ChangeRun],
    needs: ProbeNeeds, blocks: Int
  ) {
    func tokens(_ batch: [Int]) -> Int { batch.reduce(0) { $0 + prompts[$1].tokens.count } }
    let largest = batches.max { tokens($0) < tokens($1) } ?? []
    let layers = forward.description.layers
    let heads = layers.map(\.attention.queryHeads).max() ?? 0
    pass = forward.memory(of: largest, of: prompts, runs, needs: needs)
    // The whole and a batch's own, and of one layer what each prompt gives. Masses and sources take as much again at most.
    let sums = MemoryLayout<BlockSums>.stride * (2 * layers.count + largest.count)
    // What each prompt adds to a row in nats.
    let nats = MemoryLayout<PromptNat>.stride * layers.count * min(prompts.count, PromptNats.limit)
    gathered = 2 * blocks * heads * (sums + nats)
    self.tokens = tokens(largest)
    self.prompts = largest.count
    longest = largest.max { prompts[$0].tokens.count < prompts[$1].tokens.count }.map { ids[$0] } ?? ""
    self.runs = runs.count
  }

  /// Refuses a run that cannot fit.
  /// - Parameter limit: Bytes; nil for what is free.
  package func check(_ limit: Int?) throws(LimitError) {
    // Where a product finds no address space for its buffers the library tries for ever.
    let space = total + Self.productBuffer * threads
    if let left = FreeMemory.addressSpace, space > left {
      throw .tooLittleAddressSpace(
        """
        This run would take about \(ByteCount(space)) of address space, \(ByteCount(Self.productBuffer)) a thread for the buffers of \
        matrix products among them, and the limit on it (ulimit -v) leaves \(ByteCount(left)). Raise the limit, or take fewer \
        --threads; --max-memory bounds memory without bounding address space.
        """)
    }
    let allowed = limit ?? FreeMemory.now
    if total > allowed { throw .tooMuchMemory(self, allowed: allowed, isFree: limit == nil) }
  }

  /// One paragraph: what was found, what was expected, what to do.
  package func refusal(allowed: Int, isFree: Bool) -> String {
    let models = runs == 1 ? "the changed model" : "the \(runs) changed models"
    let parts = [
      (pass.base, "for the base"), (pass.changes, "for \(models)"),
      (pass.weights, "for the widened weights of a layer"), (pass.scratch, "of working memory for all threads"),
      (gathered, "of sums"), (report, "for the report"), (Self.fixed, "for what every run takes"),
    ].sorted { $0.0 > $1.0 }.prefix(3).map { "\(ByteCount($0)) \($1)" }
    let batch = prompts > 1 ? "\(tokens) tokens of \(prompts) prompts" : "the \(tokens) tokens of prompt \(longest)"
    let remedies = [
      prompts > 1 ? "fewer tokens in a batch (--batch-tokens)" : "a shorter prompt",
      regions > Analysis.mostUnfoldedRegions && 2 * (gathered + report) > total
        ? "fewer than these \(regions) regions (turns of one role may share a name)" : nil,
      runs > 1 ? "fewer adapters, interventions or random changes at a time" : nil,
      writers > 0 ? "--parts without writers" : nil,
      pass.scratch * 4 > total ? "fewer --threads" : nil,
      isFree ? nil : "a larger --max-memory",
    ].compactMap(\.self)
    return """
      This run would take about \(ByteCount(total)) of memory, and \(ByteCount(allowed)) are \
      \(isFree ? "free" : "allowed by --max-memory"): for its largest batch, \(batch), \
      \(parts.joined(separator: ", ")). What helps: \(remedies.joined(separator: ", ")).\
      \(isFree ? " If more is free than it seems, say so with --max-memory." : "")
      """
  }
}
