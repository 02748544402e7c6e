import Foundation
import Reporting
import Results

/// A result that is written as a folder of files.
public protocol FolderReport: Sendable {
  /// Of the paths in a folder, one that belongs to no such report; nil where all do.
  static func foreign(in paths: [String]) -> String?
  /// The files of one report, or those of several, each in a folder of its own, with what compares them.
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

extension Analysis: FolderReport {
  /// A path that is none of its files.
  public static func foreign(in paths: [String]) -> String? { ReportFiles.foreign(in: paths) }

  /// Its files.
  public static func files(of reports: [Analysis]) throws(ResultsError) -> [(path: String, bytes: [UInt8])] {
    try reports.count == 1 ? ReportFiles.all(reports[0]) : ReportFiles.all(reports, AdapterComparison(reports))
  }
}

extension Ablation: FolderReport {
  /// A path that is none of its files.
  public static func foreign(in paths: [String]) -> String? { AblationFiles.foreign(in: paths) }

  /// Its files.
  public static func files(of reports: [Ablation]) throws(ResultsError) -> [(path: String, bytes: [UInt8])] {
    try reports.count == 1 ? AblationFiles.all(reports[0]) : AblationFiles.all(reports, AdapterComparison(reports))
  }
}

/// Nothing compares several of them.
extension WeightAnalysis: FolderReport {
  /// A path that is none of its files.
  public static func foreign(in paths: [String]) -> String? {
    paths.sorted().first { !WeightReportFiles.contains($0) }
  }

  /// Its files.
  public static func files(of reports: [WeightAnalysis]) throws(ResultsError) -> [(path: String, bytes: [UInt8])] {
    try WeightReportFiles.all(reports[0])
  }
}

/// It is what compares others.
extension AdapterComparison: FolderReport {
  /// A path that is none of its files.
  public static func foreign(in paths: [String]) -> String? { paths.sorted().first { !ComparisonFiles.contains($0) } }

  /// Its files.
  public static func files(of reports: [AdapterComparison]) throws(ResultsError) -> [(path: String, bytes: [UInt8])] {
    try ComparisonFiles.all(reports[0])
  }
}
