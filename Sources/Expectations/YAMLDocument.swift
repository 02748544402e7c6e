import Yams

/// The root of a YAML text with exactly one document.
/// - Throws: ``ExpectationsError`` with line and column.
func composeYAML(_ text: String, file: String) throws(ExpectationsError) -> Node {
  do {
    guard let root = try Yams.compose(yaml: text) else {
      throw ExpectationsError.malformed(file: file, line: 1, column: 1, message: "the file is empty")
    }
    return root
  } catch let error as ExpectationsError {
    throw error
  } catch let error as YamlError {
    throw error.located(in: file)
  } catch {
    throw .malformed(file: file, line: 1, column: 1, message: "not valid YAML: \(error)")
  }
}

extension YamlError {
  fileprivate func located(in file: String) -> ExpectationsError {
    switch self {
    case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _),
      .composer(let context, let problem, let mark, _):
      let setting = context.map { "\($0.text) (from line \($0.mark.line)): " } ?? ""
      return .malformed(
        file: file, line: mark.line, column: mark.column, message: "not valid YAML: \(setting)\(problem)")
    case .reader(let problem, let offset, _, let text):
      let before = text.unicodeScalars.prefix(offset ?? 0)
      let lines = before.split(separator: "\n", omittingEmptySubsequences: false)
      return .malformed(
        file: file, line: lines.count, column: (lines.last?.count ?? 0) + 1,
        message: "not valid YAML: \(problem)")
    case .duplicatedKeysInMapping(let duplicates, let context):
      let keys = duplicates.map { "“\($0)”" }.joined(separator: ", ")
      return .malformed(
        file: file, line: context.mark.line, column: context.mark.column,
        message: "\(keys) stands more than once in one mapping; keep one of them")
    default:
      return .malformed(file: file, line: 1, column: 1, message: "not valid YAML: \(self)")
    }
  }
}
