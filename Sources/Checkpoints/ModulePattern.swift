import RegularExpressions
import StrictJSON

/// A regular expression of an adapter's configuration, matched against module paths as PEFT does with Python's `re`.
struct ModulePattern: Sendable {
  private enum Extent { case whole, ending }

  private let expression: RegularExpression
  private let extent: Extent

  /// Reads the patterns of one adapter, which share an allowance of instructions.
  struct Reader {
    private let reader: JSONReader
    /// A rank for each module of a model of a hundred layers takes some 50,000.
    private var allowance = 100_000

    init(_ reader: JSONReader) { self.reader = reader }

    /// A pattern for `re.fullmatch(text, module)`.
    /// - Parameter name: The member it stands in, for messages.
    mutating func whole(_ text: String, _ name: String) throws(JSONMemberError) -> ModulePattern {
      try pattern(text, .whole, name)
    }

    /// A pattern for `re.match("(.*\.)?(text)$", module)`, as PEFT looks up ranks (`get_pattern_key`).
    mutating func ending(_ text: String, _ name: String) throws(JSONMemberError) -> ModulePattern {
      try pattern("(.*\\.)?(\(text))$", .ending, name)
    }

    private mutating func pattern(
      _ text: String, _ extent: Extent, _ name: String
    ) throws(JSONMemberError) -> ModulePattern {
      do {
        let expression = try RegularExpression(text, .python, allowance: &allowance)
        return ModulePattern(expression: expression, extent: extent)
      } catch {
        throw reader.error(
          name, "the regular expression \"\(text)\" is not supported: \(error); list the modules by name")
      }
    }
  }

  /// Whether a module is meant. O(instructions · characters).
  func matches(_ module: String) -> Bool {
    switch extent {
    case .whole: expression.matchesWhole(module)
    case .ending: expression.matchesStart(of: module)
    }
  }
}
