import Results

/// Why to believe an analysis, in words.
struct TrustWords {
  private let analysis: Analysis

  init(_ analysis: Analysis) { self.analysis = analysis }

  /// "On 48 sampled rows the three terms sum to the change …".
  var closure: Phrase {
    let closure = analysis.closure
    guard closure.rows > 0 else { return "Not measured." }
    return """
      On \(Numbers.count(closure.rows, "sampled row")) the three terms sum to the change, formed in double precision from the \
      same operands, to within \(Numbers.size(closure.maximum)) of its rms.
      """
  }

  /// What two plain runs say, or that nobody asked them.
  var verification: Phrase {
    guard let verification = analysis.verification else {
      return "Not asked for; \(.code("--verify")) recomputes a prompt by two plain double-precision runs."
    }
    let worst = verification.worst.max { $0.difference < $1.difference }
    let place: Phrase = worst.map { ", for \(.code($0.statistic)) at \($0.place)" } ?? ""
    return """
      \(verification.prompts == 1 ? "One prompt was" : "\(verification.prompts) prompts were") recomputed by two plain \
      double-precision runs and subtracted. The largest disagreement is \
      \(Numbers.size(worst?.difference ?? 0))\(place); the limit is \(Numbers.setting(verification.tolerance)). It \
      \(.strong(verification.passed ? "passed" : "failed")).
      """
  }
}
