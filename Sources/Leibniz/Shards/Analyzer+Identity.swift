import Attribution
import Fingerprints
import Results

extension Analyzer {
  /// What the sums of a pass follow from.
  func identity(_ pass: AnalysisPass) throws -> RunIdentity {
    var everything = ""
    for var analysis in analyses(from: pass.empty) {
      analysis.threads = 0
      everything += fingerprint(of: try AnalysisJSON.bytes(analysis))
    }
    let asked = [
      options.parts.map(\.rawValue).sorted().joined(separator: ","), options.reference.rawValue,
      options.computesLoss ? "with losses" : "without losses", "\(options.nulls) nulls", "\(options.pairs) pairs",
    ]
    return RunIdentity([
      ("the command", "analyze"), ("the base model", model.fingerprint),
      ("the adapted model", subjects.map(\.pair.adaptation.fingerprint).joined(separator: " ")),
      ("the prompt file", subjects.map(\.file.fingerprint).joined(separator: " ")),
      ("the mask", options.showsTwoViews ? "two views" : options.maskPlan.description),
      ("what was asked for", asked.joined(separator: ", ")), ("the plan of batches", RunIdentity.plan(pass.batches)),
      ("something else in the request", fingerprint(of: Array(everything.utf8))),
    ])
  }
}

extension Ablater {
  /// What the sums of all passes follow from.
  func identity(_ pass: AblationPass) throws -> RunIdentity {
    var ablation = ablation(from: pass.empty)
    ablation.threads = 0
    return RunIdentity([
      ("the command", "ablate"), ("the base model", subject.pair.model.fingerprint),
      ("the adapted model", subject.pair.adaptation.fingerprint), ("the prompt file", subject.file.fingerprint),
      ("the mask", subject.mask.description),
      ("what is left out", all.map(\.name).joined(separator: "; ")), ("the plan of batches", pass.plan),
      ("something else in the request", fingerprint(of: try AblationJSON.bytes(ablation))),
    ])
  }
}
