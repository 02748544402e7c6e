import Foundation
import Results

extension Analysis {
  /// Loads the analysis.json that `leibniz analyze` or ``write(to:replacing:)`` wrote.
  /// - Throws: An error that names the file: the file system's, or the reader's with the member that is wrong.
  public init(contentsOf file: URL) throws {
    try self.init(json: Array(Data(contentsOf: file)), file: file.lastPathComponent)
  }
}

extension Ablation {
  /// Loads the interventions.json that `leibniz ablate` or ``write(to:replacing:)`` wrote.
  /// - Throws: An error that names the file: the file system's, or the reader's with the member that is wrong.
  public init(contentsOf file: URL) throws {
    try self.init(json: Array(Data(contentsOf: file)), file: file.lastPathComponent)
  }
}
