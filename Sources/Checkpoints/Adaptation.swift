import Architectures

/// What an adapted model changes in its base, weight by weight, in the form the paired pass needs it.
///
/// Modules that are not listed do not change. Every change is stated as a difference dW of the base's weight; which
/// tokens it acts on is the mask's matter and not stated here, but the low-rank part is kept apart because the mask of
/// an Activated LoRA covers that part alone.
public struct Adaptation: Sendable {
  /// Where the change comes from.
  public enum Kind: String, Sendable, Codable {
    /// A PEFT adapter.
    case lora
    /// A second full checkpoint.
    case checkpoint
    /// The base itself.
    case none
  }
  /// Last part of the folder's path.
  public var name: String
  /// Where the change comes from.
  public var kind: Kind
  /// Rank of the adapter (`r`; the largest where a pattern varies it), nil for a checkpoint.
  public var rank: Int?
  /// Scaling of the adapter (that of the default rank and alpha), nil for a checkpoint.
  public var scaling: Double?
  /// Kinds of module that change, sorted: the last parts of their names (`k_proj`).
  public var targets: [String]
  /// How many of the adapter's modules were applied, nil for a checkpoint.
  public var modules: AppliedModules?
  /// SHA-256 over configuration, safetensors headers and each tensor's first 4 KiB, as lower-case hexadecimal digits.
  public var fingerprint: String
  /// `alora_invocation_tokens` of an Activated LoRA.
  public var invocationTokens: [Int]?
  /// Up to which prompts the two configurations say the same; nil where they always do.
  public var agreement: LengthAgreement?
  /// Whether a checkpoint's files hold no head and tie none, so that it predicts nothing.
  public var lacksHead = false
  /// Whether any module is a DoRA, which no mask can be combined with.
  public var usesDoRA: Bool
  /// Whether it saved head or token table as a module of its own, so that a head that was tied to the table is no more.
  var partsHeadFromTable = false
  /// Changed linear layers by module path.
  public var linears: [String: LinearChange]
  /// Changed norms by module path.
  public var norms: [String: NormChange]
  /// Changed numbers of non-linearities by the path of the module that holds them.
  public var activations: [String: ActivationNumbers] = [:]
  /// Changes of the logits of attention sinks, (queryHeads), by the name of their tensor.
  public var sinks: [String: [Float]] = [:]
  /// Changes of factors on the stream, by the name of their tensor.
  public var streamScales: [String: Float] = [:]
  /// Changed numbers that no linear layer, norm or table holds (``ModelDescription/numbers``), by the name of their tensor.
  public var numbers: [String: [Float]] = [:]
  /// Changed tables by module path.
  public var embeddings: [String: EmbeddingChange]
  /// The vocabulary, where it has other rows than the base's.
  public var vocabulary: VocabularyChange?
  /// Remarks for the report, a sentence each ("the adapter's B matrices are all zero").
  public var warnings: [String]

  /// An adaptation that changes nothing until its members are set.
  public init(name: String, kind: Kind, fingerprint: String) {
    self.name = name
    self.kind = kind
    self.fingerprint = fingerprint
    targets = []
    usesDoRA = false
    linears = [:]
    norms = [:]
    embeddings = [:]
    warnings = []
  }
}

/// The change of one linear layer: dW = Σ scale·B·A + dense, db = Σ low-rank biases + bias.
public struct LinearChange: Sendable {
  /// Low-rank parts.
  public var lowRank: [LowRank] = []
  /// A dense part: another checkpoint's weight minus the base's, or a DoRA.
  public var dense: DenseChange?
  /// Change of the bias (outputs), nil where it stays.
  public var bias: [Float]?

  /// No change yet.
  public init() {}

  /// Adds a change of the same weight, of which only one has a dense part or a bias.
  mutating func add(_ other: LinearChange) {
    lowRank += other.lowRank
    dense = dense ?? other.dense
    bias = bias ?? other.bias
  }
}

/// dW = scale·B·A, with an optional bias of its own.
public struct LowRank: Sendable {
  /// r.
  public var rank: Int
  /// s, with α and the rank-stabilised root folded in.
  public var scale: Double
  /// A, (rank, inputs), row-major.
  public var a: [Float]
  /// B, (outputs, rank), row-major.
  public var b: [Float]
  /// `lora_bias`: a bias of B, already times the scale, (outputs).
  public var bias: [Float]?

  /// A low-rank part.
  public init(rank: Int, scale: Double, a: [Float], b: [Float], bias: [Float]? = nil) {
    self.rank = rank
    self.scale = scale
    self.a = a
    self.b = b
    self.bias = bias
  }
}

/// A dense dW that is formed when a layer is widened and dropped with it.
public struct DenseChange: Sendable {
  /// Writes the chosen rows of dW, (rows.count, inputs) row-major, in the orientation (outputs, inputs).
  package var form:
    @Sendable (_ rows: RowSelection, _ into: UnsafeMutablePointer<Float>) throws(CheckpointError) -> Void

  /// A dense change.
  package init(
    form:
      @escaping @Sendable (_ rows: RowSelection, _ into: UnsafeMutablePointer<Float>) throws(CheckpointError)
      -> Void
  ) { self.form = form }
}

/// The change of one norm module's gain and bias.
public struct NormChange: Sendable {
  /// dg (the tensor's length), nil where it stays.
  public var gain: [Float]?
  /// db, nil where it stays.
  public var bias: [Float]?

  /// A change of a norm.
  public init(gain: [Float]? = nil, bias: [Float]? = nil) {
    self.gain = gain
    self.bias = bias
  }
}

/// The change of a table's rows.
public struct EmbeddingChange: Sendable {
  /// Whether the change belongs to the low-rank part, which the mask of an Activated LoRA covers.
  public var isLowRank: Bool
  /// The rows that change; nil for all of them.
  public var rows: Set<Int>?
  /// Writes the change of one row (columns).
  public var form: @Sendable (_ row: Int, _ into: UnsafeMutablePointer<Float>) throws(CheckpointError) -> Void

  /// A change of a table.
  public init(
    isLowRank: Bool, rows: Set<Int>?,
    form: @escaping @Sendable (_ row: Int, _ into: UnsafeMutablePointer<Float>) throws(CheckpointError) -> Void
  ) {
    self.isLowRank = isLowRank
    self.rows = rows
    self.form = form
  }
}
