import Foundation

/// A tiny random base model with an adapter and prompts, written to a folder: enough to run a pipeline on, with
/// nothing to download.
///
///     let analysis = try withTinyPair { pair in
///       try Leibniz.analyze(base: pair.base, adapted: pair.adapter, prompts: pair.prompts)
///     }
///
/// The base is a Llama-shaped HuggingFace folder (config.json, model.safetensors), Mixtral-shaped with experts, the adapter a PEFT LoRA
/// (adapter_config.json, adapter_model.safetensors), the prompts are JSON Lines of token ids with a separator. All
/// numbers follow from the seed and are the same on every platform.
public struct TinyPair: Sendable, Equatable {
  /// Folder of the base model.
  public let base: URL
  /// Folder of the adapter.
  public let adapter: URL
  /// The prompts.
  public let prompts: URL

  /// What the pair looks like.
  public struct Options: Sendable, Equatable {
    /// Which numbers are drawn.
    public var seed: UInt64 = 1
    /// Number of layers.
    public var layers = 3
    /// Number of query heads.
    public var heads = 4
    /// Number of key-value heads, a divisor of ``heads``.
    public var keyValueHeads = 2
    /// Width of a head, even.
    public var headDimension = 8
    /// Number of token ids; the last one is the separator.
    public var vocabulary = 32
    /// Rank of the adapter.
    public var rank = 2
    /// The adapter's `lora_alpha` over its rank.
    public var scaling = 2
    /// Projections the adapter changes.
    public var targets: [Target] = Target.allCases
    /// Whether the adapter is an Activated LoRA, off before the separator.
    public var isMasked = false
    /// Number of prompts.
    public var promptCount = 6
    /// Number of experts in each layer, of which a token goes through two; 0 for a dense feed-forward block.
    public var experts = 0

    /// The defaults: 3 dense layers of 4 heads, every projection adapted, no mask, 6 prompts.
    public init() {}
  }

  /// A projection of a layer.
  public enum Target: String, Sendable, CaseIterable {
    /// Queries.
    case query = "q_proj"
    /// Keys.
    case key = "k_proj"
    /// Values.
    case value = "v_proj"
    /// Attention's output.
    case output = "o_proj"
    /// The gate of the feed-forward block.
    case gate = "gate_proj"
    /// The feed-forward block's way up.
    case up = "up_proj"
    /// The feed-forward block's way down.
    case down = "down_proj"
  }

  /// Writes a pair into a folder, which is created where it does not exist; files of the same names are replaced.
  /// - Throws: ``TinyPairError`` for options that make no model, and errors of the file system.
  public static func write(to folder: URL, _ options: Options = Options()) throws -> TinyPair {
    try options.check()
    let pair = TinyPair(
      base: folder.appending(path: "base"), adapter: folder.appending(path: "adapter"),
      prompts: folder.appending(path: "prompts.jsonl"))
    var random = SeededRandom(seed: options.seed)
    for folder in [pair.base, pair.adapter] {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }
    try options.modelConfiguration.write(to: pair.base.appending(path: "config.json"))
    try options.baseWeights(&random).safetensors.write(to: pair.base.appending(path: "model.safetensors"))
    try options.adapterConfiguration.write(to: pair.adapter.appending(path: "adapter_config.json"))
    try options.adapterWeights(&random).safetensors
      .write(to: pair.adapter.appending(path: "adapter_model.safetensors"))
    try options.promptLines(&random).write(to: pair.prompts)
    return pair
  }
}

/// Writes a tiny pair into a new temporary folder, hands it to `body` and removes the folder.
/// - Throws: What ``TinyPair/write(to:_:)`` and `body` throw.
public func withTinyPair<Result>(
  _ options: TinyPair.Options = TinyPair.Options(), _ body: (TinyPair) throws -> Result
) throws -> Result {
  let folder = FileManager.default.temporaryDirectory.appending(path: "leibniz-\(UUID().uuidString)")
  defer { try? FileManager.default.removeItem(at: folder) }
  return try body(TinyPair.write(to: folder, options))
}

/// Options from which no model can be made.
public enum TinyPairError: Error, Sendable, Equatable, CustomStringConvertible {
  /// A size is too small, too large or does not fit another; the text says which and what is allowed.
  case size(String)

  /// What was given and what is allowed.
  public var description: String {
    switch self {
    case .size(let text): "no tiny pair can be made of these options: \(text)"
    }
  }
}

extension TinyPair.Options {
  /// Refuses sizes that make no model or none that is tiny.
  fileprivate func check() throws(TinyPairError) {
    let sizes = [
      ("layers", layers, 1...64), ("heads", heads, 1...64), ("keyValueHeads", keyValueHeads, 1...64),
      ("headDimension", headDimension, 2...256), ("vocabulary", vocabulary, 4...4096), ("rank", rank, 1...64),
      ("scaling", scaling, 1...1000), ("promptCount", promptCount, 1...1000),
    ]
    for (name, size, range) in sizes where !range.contains(size) {
      throw .size("\(name) is \(size), allowed is \(range.lowerBound) to \(range.upperBound)")
    }
    guard experts == 0 || (2...64).contains(experts) else {
      throw .size("experts is \(experts), allowed is 0 or 2 to 64")
    }
    guard heads % keyValueHeads == 0 else {
      throw .size("\(heads) heads cannot share \(keyValueHeads) key-value heads evenly")
    }
    guard headDimension % 2 == 0 else { throw .size("headDimension is \(headDimension), it has to be even") }
    guard !targets.isEmpty else {
      throw .size("targets is empty; an adapter changes at least one projection")
    }
  }
}
