import Files
import Foundation
import Results
import StrictJSON

extension Analysis {
  /// Loads the analysis.json that `leibniz analyze` or ``write(to:replacing:)`` wrote.
  /// - Throws: ``JSONMemberError`` with the file, the member that is wrong and what was found.
  public init(contentsOf file: URL) throws {
    try self.init(json: jsonBytes(of: file), file: file.lastPathComponent)
  }
}

extension Ablation {
  /// Loads the interventions.json that `leibniz ablate` or ``write(to:replacing:)`` wrote.
  /// - Throws: ``JSONMemberError`` with the file, the member that is wrong and what was found.
  public init(contentsOf file: URL) throws {
    try self.init(json: jsonBytes(of: file), file: file.lastPathComponent)
  }
}

private func jsonBytes(of file: URL) throws(JSONMemberError) -> [UInt8] {
  do { return try readFile(file) } catch {
    throw JSONMemberError(file: file.relativePath, path: "", message: "cannot be read: \(error)")
  }
}
