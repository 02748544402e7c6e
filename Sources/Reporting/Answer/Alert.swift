import Results

/// Something to know before believing the numbers.
package struct Alert: Sendable, Equatable {
  /// How grave it is.
  package enum Severity: Sendable {
    /// The numbers are not to be used.
    case error
    /// They are to be read with care.
    case warning
  }
  /// How grave it is.
  package let severity: Severity
  /// What it says.
  package let text: Phrase

  /// Everything to know of an analysis, the gravest first.
  static func all(_ analysis: Analysis) -> [Alert] {
    let errors = [failedVerification(analysis), leak(analysis)].compactMap(\.self)
    let warnings = analysis.warnings.map { Phrase(stringLiteral: $0) } + [fewPrompts(analysis)]
    return errors.map { Alert(severity: .error, text: $0) }
      + warnings.filter { !$0.isEmpty }.map { Alert(severity: .warning, text: $0) }
  }

  private static func failedVerification(_ analysis: Analysis) -> Phrase? {
    guard let verification = analysis.verification, !verification.passed else { return nil }
    let failed = verification.worst.filter { !($0.difference <= verification.tolerance) }
    let list = failed.map { "\(.code($0.statistic)) by \(Numbers.size($0.difference)) at \($0.place)" as Phrase }
    return """
      \(.strong("The verification failed: do not use these numbers.")) Two plain double-precision runs disagree with the \
      analysis by more than \(Numbers.setting(verification.tolerance))\(list.isEmpty ? "" : ": ")\(list.joined(by: "; ")).\
      \(lostDigits(analysis, verification))
      """
  }

  /// Which of the two sides lost the digits, where it is the plain runs: they are subtracted, and of two numbers that agree in all but
  /// their last digits nothing is left.
  private static func lostDigits(_ analysis: Analysis, _ verification: Verification) -> Phrase {
    let moved = analysis.stream.map(\.relative).max() ?? 0
    let resolution = 10 * Double.ulpOfOne / moved
    guard moved > 0, resolution > verification.tolerance, analysis.closure.maximum < 1e-3 else { return "" }
    return """
       It is the plain runs that have no digits here: the streams of the two models differ by \(Numbers.size(moved)) of their size at most, \
      which double precision resolves to \(Numbers.size(resolution)) when they are subtracted; the analysis itself does not subtract.
      """
  }

  private static func leak(_ analysis: Analysis) -> Phrase? {
    guard analysis.hasLeak else { return nil }
    return """
      \(.strong("A term that the mask promises to be zero is not: do not use these numbers.")) “Zeros and their causes” says \
      where.
      """
  }

  /// One prompt does not tell how prompts vary, and few say little of the next.
  private static func fewPrompts(_ analysis: Analysis) -> Phrase {
    guard !analysis.adapted.isBase else { return "" }
    switch analysis.prompts.count {
    case ..<2: return "One prompt alone: there is no interval that says how sure the numbers are."
    case ..<5: return "Only \(analysis.prompts.count) prompts: take the intervals as rough."
    default: return ""
    }
  }
}
