import Foundation
import Reporting
import Results

extension Analysis {
  /// The text of report.html with the knock-outs of ablations on it: what leaving out a head, a layer or a term costs stands
  /// beside its numbers.
  ///
  /// ```swift
  /// let page = try analysis.page(with: [("ablation", ablation)])
  /// ```
  /// - Parameters:
  ///   - ablations: Of the same base and adapter under the same mask, with a name for each, for messages: its file.
  ///   - folder: Where the page will be; other adapters' pages that stand beside it are linked.
  /// - Throws: ``PageError`` naming an ablation of something else.
  public func page(
    with ablations: [(name: String, ablation: Ablation)], in folder: URL? = nil
  ) throws(PageError) -> String {
    for (name, ablation) in ablations {
      if ablation.base.fingerprint != base.fingerprint {
        throw .otherBase(name, found: ablation.base.name, expected: base.name)
      }
      if ablation.adapted.fingerprint != adapted.fingerprint {
        throw .otherAdapter(name, found: ablation.adapted.name, expected: adapted.name)
      }
      if ablation.mask != mask { throw .otherMask(name, found: ablation.mask, expected: mask) }
    }
    return ReportFiles.page(self, ablations: ablations.map(\.ablation), others: folder.map(Self.siblings) ?? [])
  }

  /// The comparison and the pages beside a report of several, in the order of their names; none where there is no comparison.
  private static func siblings(of folder: URL) -> [(name: String, path: String)] {
    let (files, own) = (FileManager.default, folder.standardizedFileURL)
    let set = own.deletingLastPathComponent()
    guard files.fileExists(atPath: set.appending(path: "compare.html").path) else { return [] }
    let names = ((try? files.contentsOfDirectory(atPath: set.path)) ?? []).filter {
      files.fileExists(atPath: set.appending(path: "\($0)/report.html").path)
    }
    return ReportFiles.pages(names.sorted(), from: own.lastPathComponent)
  }
}

extension Ablation {
  /// Whether it is of the same base, adapter and mask as an analysis.
  public func isOf(_ analysis: Analysis) -> Bool {
    base.fingerprint == analysis.base.fingerprint && adapted.fingerprint == analysis.adapted.fingerprint
      && mask == analysis.mask
  }
}

/// Why an ablation does not belong on the page of an analysis.
public enum PageError: Error, Sendable, Equatable, CustomStringConvertible {
  /// It is of another base.
  case otherBase(String, found: String, expected: String)
  /// It is of another adapter.
  case otherAdapter(String, found: String, expected: String)
  /// It started from another mask.
  case otherMask(String, found: String, expected: String)

  /// What was found and what to do.
  public var description: String {
    switch self {
    case .otherBase(let name, let found, let expected):
      "\(name): is of the base \(found), whose files are not those of \(expected), the report's base. Give ablations of the same pair."
    case .otherAdapter(let name, let found, let expected):
      "\(name): is of \(found), whose files are not those of \(expected), which the report is about. Give ablations of the same pair."
    case .otherMask(let name, let found, let expected):
      "\(name): starts from the mask \(found), the report is of the mask \(expected). Run leibniz ablate with \(expected.split(separator: "; ").map { "--own-mask \($0)" }.joined(separator: " "))."
    }
  }
}
