import Attribution
import Foundation
import Reporting
import Results

/// Puts reports of several adapters side by side; an analysis and an ablation of one adapter under one mask become one entry.
///
/// ```swift
/// let comparison = try compare([("full", .analysis(full)), ("masked", .analysis(masked))])
/// print(comparison.blocks[0].moved?.value ?? 0)
/// try comparison.write(to: URL(filePath: "comparison"))
/// ```
/// - Parameters:
///   - reports: With a name for each, for messages: its file.
///   - groups: Training runs of one kind, whose means over runs are compared too.
///   - forced: Whether reports of different bases, prompts, regions, reference points or versions are compared all the same; the
///     comparison then says what differs.
/// - Throws: ``ComparisonError``.
public func compare(
  _ reports: [(name: String, report: Report)], groups: [ComparedGroup] = [], forced: Bool = false
) throws(ComparisonError) -> AdapterComparison {
  let differences = ComparedReport.differences(reports)
  guard forced || differences.isEmpty else { throw .different(differences) }
  var entries: [(origin: (name: String, report: Report), compared: ComparedReport)] = []
  var adapters: [Int] = []
  for report in reports {
    if let index = entries.firstIndex(where: {
      $0.origin.report.isSameAdapter(as: report.report) && !$0.compared.has(report.report)
    }) {
      entries[index].compared.add(report.report)
      adapters.append(index)
    } else if let twin = entries.first(where: { $0.origin.report.isSameAdapter(as: report.report) }),
      twin.origin.report.promptsFingerprint == report.report.promptsFingerprint
    {
      throw .twice(twin.origin.name, report.name)
    } else {
      var compared = ComparedReport(name: report.report.adapted.name)
      compared.add(report.report)
      adapters.append(entries.count)
      entries.append((report, compared))
    }
  }
  let kinds = try members(groups, adapters)
  guard entries.count > 1 else { throw .tooFew(reports.map(\.name)) }
  let names = distinct(entries.map { ($0.compared.name, $0.origin.report.mask) })
  let compared = zip(entries, names).map { entry, name in
    ComparedReport(name: name, analysis: entry.compared.analysis, ablation: entry.compared.ablation)
  }
  return AdapterComparison(
    compared, version: leibnizVersion, differences: differences, groups: kinds)
}

/// Training runs of one kind: several seeds.
public struct ComparedGroup: Sendable, Equatable {
  /// What the kind is called.
  public var name: String
  /// The runs' reports, by their places among all; of one run an analysis and an ablation both.
  public var reports: [Int]

  /// A group.
  public init(name: String, reports: [Int]) {
    self.name = name
    self.reports = reports
  }
}

/// By group, its adapters, each once and in no other group.
/// - Parameter adapters: By report.
private func members(
  _ groups: [ComparedGroup], _ adapters: [Int]
) throws(ComparisonError) -> [(name: String, adapters: [Int])] {
  var (known, taken): ([(name: String, adapters: [Int])], Set<Int>) = ([], [])
  for group in groups {
    var own: [Int] = []
    for report in group.reports where !own.contains(adapters[report]) { own.append(adapters[report]) }
    if known.contains(where: { $0.name == group.name }) {
      throw .badGroup(group.name, reason: "there are two of that name")
    }
    if own.count < 2 { throw .badGroup(group.name, reason: "it holds fewer than two training runs") }
    if !taken.isDisjoint(with: own) { throw .badGroup(group.name, reason: "one of its runs is in another group too") }
    taken.formUnion(own)
    known.append((group.name, own))
  }
  return known
}

/// Names that differ: with the mask where two are alike, and with a number where that does not help.
private func distinct(_ names: [(name: String, mask: String)]) -> [String] {
  let masked = names.map { name, mask in
    names.count { $0.name == name } > 1 ? "\(name) (mask \(mask))" : name
  }
  return masked.enumerated().map { index, name in
    let earlier = masked[..<index].count { $0 == name }
    return earlier == 0 ? name : "\(name) \(earlier + 1)"
  }
}

/// Why reports cannot be put side by side.
public enum ComparisonError: Error, Sendable, Equatable, CustomStringConvertible {
  /// They are of different bases, prompts, regions or versions; a sentence each.
  case different([String])
  /// Fewer than two adapters.
  case tooFew([String])
  /// A group that is none.
  case badGroup(String, reason: String)
  /// The same adapter's report of one kind is given twice.
  case twice(String, String)

  /// What was found and what to do.
  public var description: String {
    switch self {
    case .different(let differences):
      "These reports do not belong side by side. \(differences.joined(separator: " ")) Run them alike, or compare them all the "
        + "same with --force; the page then begins with what differs."
    case .tooFew(let names):
      "\(names.isEmpty ? "No report" : names.joined(separator: ", ")) holds fewer than two adapters. Give the reports of two or more."
    case .badGroup(let name, let reason): "The group \(name) cannot be compared: \(reason)."
    case .twice(let first, let second):
      "\(first) and \(second) are of the same adapter under the same mask on the same prompts. Give each once."
    }
  }
}

extension AdapterComparison {
  /// Compares analyses that were made together.
  init(_ analyses: [Analysis]) {
    let names = ReportSet.folders(analyses.map(\.adapted.name))
    let reports = zip(names, analyses).map { ComparedReport(name: $0, analysis: $1) }
    self.init(reports, version: leibnizVersion)
  }

  /// Compares ablations that were made together.
  init(_ ablations: [Ablation]) {
    let names = ReportSet.folders(ablations.map(\.adapted.name))
    let reports = zip(names, ablations).map { ComparedReport(name: $0, ablation: $1) }
    self.init(reports, version: leibnizVersion)
  }
}

extension Report {
  fileprivate func isSameAdapter(as other: Report) -> Bool {
    adapted.fingerprint == other.adapted.fingerprint && mask == other.mask && adapted.name == other.adapted.name
  }
}

extension ComparedReport {
  fileprivate func has(_ report: Report) -> Bool {
    switch report {
    case .analysis: analysis != nil
    case .ablation: ablation != nil
    }
  }

  fileprivate mutating func add(_ report: Report) {
    switch report {
    case .analysis(let own): analysis = own
    case .ablation(let own): ablation = own
    }
  }
}
