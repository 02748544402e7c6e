import ArgumentParser
import Foundation
import Leibniz
import Reporting
import Results

/// Warnings, where the report is, and what must not be overlooked.
/// - Parameter test: The command that tells what the change is good for.
func tell(_ analyses: [Analysis], _ folder: String, test: String? = nil, isQuiet: Bool) throws {
  let output = plain(folder)
  let names = ReportSet.folders(analyses.map(\.adapted.name))
  let folders = analyses.count == 1 ? [output] : names.map { "\(output)/\($0)" }
  if !isQuiet {
    for (name, analysis) in zip(names, analyses) {
      let origin = analyses.count == 1 ? "" : "\(name): "
      for warning in analysis.warnings { complain("warning: \(origin)\(warning)") }
      for line in Answer(analysis).lines(isColored: isColored) { try say("\(origin.visible)\(line)".unobeyed) }
    }
    if let test, analyses.contains(where: { Answer($0).blocks.contains(where: \.isChanged) }) {
      try present("does it matter? \(test)")
    }
    try present("\(output)/\(analyses.count == 1 ? ReportFiles.page : ComparisonFiles.page)")
  }
  var isSound = true
  for (folder, analysis) in zip(folders, analyses) {
    if let verification = analysis.verification, !verification.passed {
      complain("The verification failed; \(folder)/report.md says where.")
      isSound = false
    }
    if analysis.hasLeak {
      complain("A promised zero is none; \(folder)/report.md says where.")
      isSound = false
    }
  }
  if !isSound { throw ExitCode(1) }
}

/// Warnings, the answer, where the report is, and what must not be overlooked.
func tell(_ ablations: [Ablation], _ folder: String, isQuiet: Bool) throws {
  let output = plain(folder)
  let names = ablations.count == 1 ? [""] : ReportSet.folders(ablations.map(\.adapted.name)).map { "\($0)/" }
  if !isQuiet {
    for (name, ablation) in zip(names, ablations) {
      let origin = name.isEmpty ? "" : "\(name.dropLast()): "
      for warning in ablation.warnings { complain("warning: \(origin)\(warning)") }
      for line in AblationReport(ablation).summary { try present("\(origin)\(line)") }
    }
    try present("\(output)/\(ablations.count == 1 ? AblationFiles.report : ComparisonFiles.page)")
  }
  let failed = zip(names, ablations).filter { $1.verification?.passed == false }
  for (name, _) in failed {
    complain("The verification failed; \(output)/\(name)\(AblationFiles.report) says where.")
  }
  if !failed.isEmpty { throw ExitCode(1) }
}

/// A folder's path without the slash that a shell's completion leaves behind it.
private func plain(_ path: String) -> String { URL(fileURLWithPath: path).relativePath }
