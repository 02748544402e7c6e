import Files
import Foundation
import LongRuns
import Reporting
import Results

/// Whether a report that stands in a folder is what a request gives, so that a run that goes on has nothing left to do.
package enum FinishedReport {
  /// Looks for the reports of a run.
  /// - Parameter open: Opens the run, where there is any report.
  /// - Returns: Whether there are such reports; false where there are none of any request.
  /// - Throws: ``ShardError/foreign(_:_:)`` where they are of another request, and the errors of opening the models.
  package static func stands<Run: ReportRun>(
    in folder: URL, of open: () throws -> Run
  ) throws -> Bool where Run.Frame.Report: RequestedReport {
    hasAny(folder) ? try compare(open().frame.blanks, folder) : false
  }

  private static let names = ["analysis.json", "interventions.json"]

  /// Whether the folder, or any in it, holds a report.
  private static func hasAny(_ folder: URL) -> Bool {
    let inside = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    return ([""] + inside).contains { part in
      report(in: part.isEmpty ? folder : folder.appendingPathComponent(part)) != nil
    }
  }

  private static func report(in folder: URL) -> URL? {
    names.map { folder.appendingPathComponent($0) }.first { FileManager.default.fileExists(atPath: $0.path) }
  }

  /// Holds what each adapter's report would say besides its numbers against what is there.
  private static func compare<Result: RequestedReport>(_ blanks: [Result], _ folder: URL) throws -> Bool {
    let names = ReportSet.folders(blanks.map(\.adapted.name))
    let folders = blanks.count == 1 ? [folder] : names.map { folder.appendingPathComponent($0) }
    for (blank, folder) in zip(blanks, folders) {
      guard let file = report(in: folder) else { return false }
      let bytes: [UInt8]
      do { bytes = try readFile(file) } catch { throw ShardError.unreadable(file.relativePath, reason: error.reason) }
      let report = try Report(json: bytes, file: file.relativePath)
      guard let found = Result(report) else { return false }
      guard let difference = blank.difference(from: found) else { continue }
      throw ShardError.foreign(
        folder.relativePath, RequestDifference(difference.what, difference.there, difference.here))
    }
    return true
  }
}

/// A report that knows what was asked for.
package protocol RequestedReport: Equatable {
  /// Which adapter it is of.
  var adapted: AdaptedSummary { get }
  /// The report of this kind; nil for one of another.
  init?(_ report: Report)
  /// It without its numbers and without what does not bear on them.
  var request: Self { get }
  /// What a user can tell requests apart by.
  var entries: [(what: String, value: String)] { get }
}

extension RequestedReport {
  /// What another result was asked for otherwise.
  fileprivate func difference(from other: Self) -> (what: String, there: String, here: String)? {
    for (own, other) in zip(entries, other.entries) where own.value != other.value {
      return (own.what, other.value, own.value)
    }
    return request == other.request ? nil : ("something else in the request", "another", "this one")
  }
}

extension Analysis: RequestedReport {
  package init?(_ report: Report) {
    guard case .analysis(let own) = report else { return nil }
    self = own
  }

  package var request: Analysis {
    Analysis(
      version: version, mask: mask, threads: 0, base: base, adapted: adapted, regions: regions,
      promptsFingerprint: promptsFingerprint, prompts: prompts, blocks: [], summary: [], stream: [], loss: nil,
      closure: Closure(maximum: 0, rows: 0), verification: nil, warnings: [], reference: reference, command: command)
  }

  package var entries: [(what: String, value: String)] {
    [
      ("the version", version), ("the base model", "\(base.name) (\(base.fingerprint.prefix(12)))"),
      ("the adapted model", "\(adapted.name) (\(adapted.fingerprint.prefix(12)))"),
      ("the prompt file", promptsFingerprint), ("the mask", mask), ("the command", command ?? ""),
    ]
  }
}

extension Ablation: RequestedReport {
  package init?(_ report: Report) {
    guard case .ablation(let own) = report else { return nil }
    self = own
  }

  package var request: Ablation {
    var request = self
    (request.threads, request.verification, request.warnings) = (0, nil, [])
    for index in overview.indices { request.overview[index] = overview[index].request }
    for index in knockouts.indices { request.knockouts[index] = knockouts[index].request }
    request.worths = worths.map(\.request)
    return request
  }

  package var entries: [(what: String, value: String)] {
    [
      ("the version", version), ("the base model", "\(base.name) (\(base.fingerprint.prefix(12)))"),
      ("the adapted model", "\(adapted.name) (\(adapted.fingerprint.prefix(12)))"),
      ("the prompt file", promptsFingerprint), ("the mask", mask),
      ("what is left out", runs.map(\.name).joined(separator: "; ")),
    ]
  }
}

extension Knockout {
  fileprivate var request: Knockout {
    var request = self
    (request.prompts, request.benefitLost, request.benefitLostInterval) = ([], nil, nil)
    return request
  }
}

extension PartWorth {
  fileprivate var request: PartWorth {
    var request = self
    request.sets = sets.map(\.request)
    request.whole = Cost()
    for index in parts.indices { request.parts[index].worth = Cost() }
    return request
  }
}
