/// What a probe wants to see; the engine computes no more than that.
public struct ProbeNeeds: OptionSet, Sendable {
  /// A bit a need.
  public var rawValue: Int

  /// Needs from their bits.
  public init(rawValue: Int) { self.rawValue = rawValue }

  /// The residual stream that enters each layer.
  public static let stream = ProbeNeeds(rawValue: 1)
  /// The terms of the scores, with the base's pattern.
  public static let terms = ProbeNeeds(rawValue: 2)
  /// The base's pattern of every query, also of those that cannot change.
  public static let pattern = ProbeNeeds(rawValue: 4)
  /// How the pattern changes.
  public static let patternChange = ProbeNeeds(rawValue: 8)
  /// Values and their changes, with the output projection's weight and the lengths of what it writes.
  public static let values = ProbeNeeds(rawValue: 16)
  /// What the changes of queries, keys and values are made of.
  public static let sources = ProbeNeeds(rawValue: 32)
  /// The parts of every projection's change.
  public static let projections = ProbeNeeds(rawValue: 64)
  /// Logits of the predictions that prompts ask for.
  public static let logits = ProbeNeeds(rawValue: 128)

  /// The base's scores themselves, before a soft cap.
  public static let scores = ProbeNeeds(rawValue: 256)

  /// The experts of mixtures: who chooses which, and the terms of what they add.
  public static let routing = ProbeNeeds(rawValue: 512)

  /// What every part of the model wrote to the stream's change, for those who read it: attentions and, with ``logits``, the
  /// predictions that prompts want split.
  public static let writers = ProbeNeeds(rawValue: 1024)

  /// Writers with the heads of attentions as writers of their own.
  public static let writerHeads = ProbeNeeds(rawValue: 2048)

  /// What linear attention reads from its states.
  public static let recurrence = ProbeNeeds(rawValue: 4096)

  /// Whether any of it is a score tile.
  package var hasTiles: Bool { !isDisjoint(with: [.terms, .patternChange, .values, .sources, .scores]) }
}
