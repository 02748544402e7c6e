import Foundation
import Reporting
import Results

/// A result that is written as a folder of files.
public protocol FolderReport: Sendable {
  /// Of the paths in a folder, one that belongs to no such report; nil where all do.
  static func foreign(in paths: [String]) -> String?
  /// The files.
  func files() throws(ResultsError) -> [(path: String, bytes: [UInt8])]
}

/// A report of an adapter, of which several are written together.
public protocol AdapterReport: FolderReport {
  /// The files of several, each in a folder of its own, with a page beside them that compares them.
  static func files(of reports: [Self]) throws(ResultsError) -> [(path: String, bytes: [UInt8])]
}

extension FolderReport {
  /// Writes the report as the command does that makes it, in a folder that appears whole or not at all. The same result gives the same
  /// bytes.
  ///
  /// Before a run that takes long, open a ``ReportFolder`` instead: it finds at once what stands in the way.
  /// - Parameters:
  ///   - folder: The report's folder, which is created; the one it lies in has to exist.
  ///   - replacing: Whether a report may be replaced that is there already. A folder that holds anything else never is.
  /// - Throws: ``ReportFolderError``; no half of a report is left then.
  public func write(to folder: URL, replacing: Bool = false) throws(ReportFolderError) {
    try ReportFolder(folder, for: Self.self, replacing: replacing).write(self)
  }
}

extension Analysis: AdapterReport {
  /// A path that is no file of analyses.
  public static func foreign(in paths: [String]) -> String? { ReportFiles.foreign(in: paths) }

  /// report.html, report.md, analysis.json, tables and figures.
  public func files() throws(ResultsError) -> [(path: String, bytes: [UInt8])] { try ReportFiles.all(self) }

  /// Those of several, with their comparison.
  public static func files(of reports: [Analysis]) throws(ResultsError) -> [(path: String, bytes: [UInt8])] {
    try ReportFiles.all(reports, AdapterComparison(reports))
  }
}

extension Ablation: AdapterReport {
  /// A path that is no file of ablations.
  public static func foreign(in paths: [String]) -> String? { AblationFiles.foreign(in: paths) }

  /// interventions.md, interventions.json, tables and figures.
  public func files() throws(ResultsError) -> [(path: String, bytes: [UInt8])] { try AblationFiles.all(self) }

  /// Those of several, with their comparison.
  public static func files(of reports: [Ablation]) throws(ResultsError) -> [(path: String, bytes: [UInt8])] {
    try AblationFiles.all(reports, AdapterComparison(reports))
  }
}

extension WeightAnalysis: FolderReport {
  /// A path that is no file of a weight analysis.
  public static func foreign(in paths: [String]) -> String? {
    paths.sorted().first { !WeightReportFiles.contains($0) }
  }

  /// weights.md, weights.json and figures.
  public func files() throws(ResultsError) -> [(path: String, bytes: [UInt8])] { try WeightReportFiles.all(self) }
}

extension AdapterComparison: FolderReport {
  /// A path that is no file of a comparison.
  public static func foreign(in paths: [String]) -> String? { paths.sorted().first { !ComparisonFiles.contains($0) } }

  /// compare.html, compare.md, comparison.json and figures.
  public func files() throws(ResultsError) -> [(path: String, bytes: [UInt8])] { try ComparisonFiles.all(self) }
}
