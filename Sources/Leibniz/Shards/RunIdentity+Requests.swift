import Attribution
import LinearAlgebra
import Results

extension Analyzer {
  /// What the sums of a pass follow from.
  func identity(_ pass: AnalysisPass) throws -> RunIdentity {
    let everything = try frame.subjects.map { subject in
      var blank = subject.blank
      (blank.threads, blank.kernel) = (0, nil)
      return fingerprint(of: try AnalysisJSON.bytes(blank))
    }
    let asked = [
      options.parts.map(\.rawValue).sorted().joined(separator: ","), options.reference.rawValue,
      options.computesLoss ? "with losses" : "without losses",
      "\(options.nulls) nulls\(options.nullMatch.map { " of like \($0.rawValue)" } ?? "")", "\(options.pairs) pairs",
      options.keepsPrompts ? "each prompt by layer" : "each prompt pooled",
    ]
    let heads = options.writersByHead ? ["heads as writers"] : []
    return RunIdentity([
      ("the command", "analyze"), ("the base model", BaseSummary(model).named),
      ("the adapted model", subjects.map { AdaptedSummary($0.pair.adaptation).named }.joined(separator: ", ")),
      ("the prompt file", subjects.map(\.file.fingerprint).joined(separator: " ")),
      ("the mask", options.showsTwoViews ? "two views" : options.maskPlan.description),
      ("what was asked for", (asked + heads).joined(separator: ", ")),
      ("what is verified", "\(options.verifiedPrompts) prompts"), (RunIdentity.kernelEntry, productKernel),
      ("the plan of batches", RunIdentity.plan(pass.batches)),
      ("something else in the request", fingerprint(of: Array(everything.joined().utf8))),
    ])
  }
}

extension AblationRun {
  /// What the sums of all passes follow from.
  func identity(_ work: AblationWork) throws -> RunIdentity {
    let everything = try frame.blanks.map { blank in
      var blank = blank
      (blank.threads, blank.kernel) = (0, nil)
      return fingerprint(of: try AblationJSON.bytes(blank))
    }
    let subjects = ablaters.map(\.subject)
    let names = ablaters.first?.all.map(\.name) ?? []
    return RunIdentity([
      ("the command", "ablate"), ("the base model", subjects.first.map { BaseSummary($0.pair.model).named } ?? ""),
      ("the adapted model", subjects.map { AdaptedSummary($0.pair.adaptation).named }.joined(separator: ", ")),
      ("the prompt file", subjects.map(\.file.fingerprint).joined(separator: " ")),
      ("the mask", options.analysis.maskPlan.description), ("what is left out", names.joined(separator: "; ")),
      ("what is verified", "\(options.verifiedPrompts) prompts"), (RunIdentity.kernelEntry, productKernel),
      ("the plan of batches", work.plan),
      ("something else in the request", fingerprint(of: Array(everything.joined().utf8))),
    ])
  }
}

extension BaseSummary {
  /// Its name, and by what it can be told from another of that name.
  fileprivate var named: String { "\(name) (\(fingerprint.prefix(12)))" }
}

extension AdaptedSummary {
  /// Its name, and by what it can be told from another of that name.
  fileprivate var named: String { "\(name) (\(fingerprint.prefix(12)))" }
}
