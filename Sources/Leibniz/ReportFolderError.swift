import Results

/// What stands in the way of a report.
public enum ReportFolderError: Error, Sendable, Equatable, CustomStringConvertible {
  /// There is something of that name, and it is not to be replaced or no folder.
  case exists(String)
  /// There is something of that name that is no folder, and so no report that could be replaced.
  case noFolder(String)
  /// The folder holds a file that no report has.
  case foreign(String, file: String)
  /// The folder to write into does not exist.
  case missingParent(String)
  /// The file system refuses.
  case unwritable(String, reason: String)
  /// The result has no written form.
  case result(ResultsError)

  /// One paragraph: what was found and what to do.
  public var description: String {
    switch self {
    case .exists(let path):
      "\(path): there is something of that name. Choose another folder, or replace a report by replacing: true."
    case .noFolder(let path):
      "\(path): is no folder, and so no report that could be replaced. Choose another folder."
    case .foreign(let path, let file):
      "\(path): holds \(file), which is no part of a Leibniz report, so it is not replaced. Choose another folder."
    case .missingParent(let path):
      "\(path): the folder to write into does not exist. Create it first."
    case .unwritable(let path, let reason):
      "\(path): the report cannot be written: \(reason)"
    case .result(let error): error.description
    }
  }
}
