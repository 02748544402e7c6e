/// What an adapted model changes in the weights of its base, without any prompt.
public struct WeightAnalysis: Sendable, Equatable {
  /// Version of the tool.
  public var version: String
  /// The base model.
  public var base: BaseSummary
  /// The adapted model.
  public var adapted: AdaptedSummary
  /// Whether the gain of the layers' input norms is folded into the forms.
  public var foldsNorm: Bool
  /// A row a form, layer and head.
  public var forms: [FormChange]
  /// A row a weight that changes.
  public var weights: [WeightChange]
  /// What the numbers leave out, a sentence each.
  public var notes: [String]
  /// What a reader has to know before believing the numbers.
  public var warnings: [String]

  /// An analysis from its parts.
  public init(
    version: String, base: BaseSummary, adapted: AdaptedSummary, foldsNorm: Bool, forms: [FormChange],
    weights: [WeightChange], notes: [String], warnings: [String]
  ) {
    self.version = version
    self.base = base
    self.adapted = adapted
    self.foldsNorm = foldsNorm
    self.forms = forms
    self.weights = weights
    self.notes = notes
    self.warnings = warnings
  }

  /// The heads of one form, in order.
  public func heads(_ form: FormKind) -> [FormChange] { forms.filter { $0.form == form } }

  /// All heads of a form taken together.
  public func pooled(_ form: FormKind) -> PooledForm { PooledForm(heads(form), form: form, layer: nil) }

  /// The heads of each layer taken together.
  public func layers(_ form: FormKind) -> [PooledForm] {
    let heads = Dictionary(grouping: heads(form), by: \.layer)
    return heads.keys.sorted().map { PooledForm(heads[$0] ?? [], form: form, layer: $0) }
  }
}
