/// The expectations of a YAML file, in its order. docs/check.md describes the form.
public struct ExpectationFile: Sendable {
  /// One expectation of the file.
  public struct Entry: Sendable {
    /// The name the file gives it, if any.
    public var name: String?
    /// What is expected of an analysis; nil where the quantity is of ablations alone.
    public var analysis: AnalysisExpectation?
    /// What is expected of an ablation; nil where the quantity is of analyses alone.
    public var ablation: AblationExpectation?
    /// Line in the file, from 1.
    public var line: Int
    /// Column in the file, from 1.
    public var column: Int
  }

  /// The file, as the user named it.
  public var file: String
  /// Its expectations, at least one.
  public var entries: [Entry]

  /// The largest text that is read: 1 MiB.
  public static let maximumSize = 1 << 20

  /// Reads the YAML form.
  /// - Parameters:
  ///   - yaml: The text.
  ///   - file: The file, for messages.
  /// - Throws: ``ExpectationsError`` with line and column, for the first thing that is wrong.
  public init(yaml: String, file: String) throws(ExpectationsError) {
    guard yaml.utf8.count <= Self.maximumSize else {
      throw .malformed(file: file, line: 1, column: 1, message: "the file is larger than 1 MiB")
    }
    let root = try YAMLMapping(document: yaml, file: file)
    try root.allow(["schema", "expectations"])
    self.file = file
    entries = []
    for item in try root.mappings("expectations", each: "a mapping such as {quantity: closure, atMost: 1e-5}") {
      entries.append(try Entry(item))
    }
  }
}
