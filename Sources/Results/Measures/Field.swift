/// A number that every row of a measure has: its name, what it may be, what it means, and how close to another it has to be.
///
/// Files that are written and read, schemas, `check`, `--verify` and comparisons with reference values ask here.
public struct Field<Row: Sendable>: Sendable {
  /// Where it stands in a row of analysis.json: "moved", "terms.dPV.rms".
  public let path: String
  /// What it may be.
  public let kind: FieldKind
  /// What it means, in a sentence.
  public let sentence: String
  /// Its name in reports of a verification, behind the measure's: "moved", "dPV.rms".
  package let label: String
  /// Where it stands, name by name.
  package let names: [String]
  /// Whether rows may lack it.
  let isOptional: Bool
  /// Whether tables have a column for it only where some row has it.
  package private(set) var isSeldom = false
  /// How close it has to be to a row's that is right.
  package let precision: @Sendable (Row) -> Precision
  /// How a first expectation bounds it in the row pooled over everything; nil where it writes none.
  package let starting: StartingBound?
  /// What comparisons with random changes call it; nil where it is not compared.
  package let nullName: String?
  package let value: @Sendable (Row) -> Double?
  let set: @Sendable (inout Row, Double) -> Void

  /// A field that all rows have.
  /// - Parameters:
  ///   - label: Its name in reports of a verification; follows from the path unless given.
  ///   - null: What comparisons with random changes call it, where it is compared in pooled rows.
  ///   - starting: How a first expectation bounds it, where it shall write one.
  ///   - precision: How close it has to be to that of a row that is right.
  public init(
    _ path: String, _ value: WritableKeyPath<Row, Double> & Sendable, _ kind: FieldKind, _ sentence: String,
    label: String? = nil, null: String? = nil, starting: StartingBound? = nil,
    precision: @escaping @Sendable (Row) -> Precision = { _ in Precision() }
  ) {
    self.init(
      path, kind, sentence, label, null: null, starting: starting, isOptional: false, precision, { $0[keyPath: value] },
      { $0[keyPath: value] = $1 })
  }

  /// A field that rows may lack.
  public init(
    optional path: String, _ value: WritableKeyPath<Row, Double?> & Sendable, _ kind: FieldKind, isSeldom: Bool = false,
    _ sentence: String, label: String? = nil, precision: @escaping @Sendable (Row) -> Precision = { _ in Precision() }
  ) {
    self.init(
      path, kind, sentence, label, isOptional: true, precision, { $0[keyPath: value] }, { $0[keyPath: value] = $1 })
    self.isSeldom = isSeldom
  }

  /// A number that follows from others and is not read.
  init(
    derived path: String, _ kind: FieldKind, _ sentence: String, null: String? = nil,
    _ value: @escaping @Sendable (Row) -> Double?
  ) {
    self.init(path, kind, sentence, nil, null: null, isOptional: true, { _ in Precision() }, value, { _, _ in })
  }

  /// A number that a row may have under a name of its own, the last of some names.
  init(
    names: [String], label: String, _ kind: FieldKind, _ sentence: String,
    precision: @escaping @Sendable (Row) -> Precision, value: @escaping @Sendable (Row) -> Double?,
    set: @escaping @Sendable (inout Row, Double) -> Void
  ) {
    (self.path, self.names, self.label) = (names.joined(separator: "."), names, label)
    (self.kind, self.sentence, isOptional) = (kind, sentence, true)
    (nullName, starting) = (nil, nil)
    (self.precision, self.value, self.set) = (precision, value, set)
  }

  init(
    _ path: String, _ kind: FieldKind, _ sentence: String, _ label: String?, null: String? = nil,
    starting: StartingBound? = nil, isOptional: Bool,
    _ precision: @escaping @Sendable (Row) -> Precision, _ value: @escaping @Sendable (Row) -> Double?,
    _ set: @escaping @Sendable (inout Row, Double) -> Void
  ) {
    self.path = path
    self.kind = kind
    self.sentence = sentence
    names = path.split(separator: ".").map(String.init)
    // "terms" says nothing beside a term's name, and a change has no other size.
    self.label = label ?? (path == "delta.rms" ? "delta" : names.filter { $0 != "terms" }.joined(separator: "."))
    self.isOptional = isOptional
    (nullName, self.starting) = (null, starting)
    self.precision = precision
    self.value = value
    self.set = set
  }
}

/// What a number may be.
public enum FieldKind: Sendable, Equatable {
  /// Any.
  case number
  /// 0 or more.
  case size
  /// From −1 to 1.
  case cosine
}

/// The bounds of a first expectation round what was measured.
public enum StartingBound: Sendable, Equatable {
  /// So far below and above it.
  case within(Double)
  /// At most so many times as much.
  case factor(Double)
}

/// What the difference of a number from one that is right is held against: the number itself, or what is larger.
public struct Precision: Sendable, Equatable {
  /// Where a number is smaller than this, this stands for it.
  public var floor: Double
  /// What the number is a part of: of less than what single precision resolves of it no relative precision is asked.
  public var whole: Double
  /// Whether a number has to be exactly 0 where 0 is right, the floor notwithstanding.
  public var keepsZero: Bool

  /// A precision; relative unless a floor or a whole is given.
  public init(floor: Double = 0, whole: Double = 0, keepsZero: Bool = true) {
    self.floor = floor
    self.whole = whole
    self.keepsZero = keepsZero
  }
}
