import Results

extension [CheckResult] {
  /// The results as a JUnit XML file, the form that CI systems read (one suite, one test case an expectation).
  ///
  /// It holds no times and no host names, so that equal results give equal files.
  /// - Parameter suite: Name of the suite, usually the analysis file's.
  public func junit(suite: String) -> String {
    let counts = "tests=\"\(count)\" failures=\"\(failures.count)\" errors=\"0\""
    let cases = map { $0.junitCase(suite: suite) }.joined()
    return """
      <?xml version="1.0" encoding="UTF-8"?>
      <testsuites name="leibniz check" \(counts)>
        <testsuite name="\(suite.xmlEscaped)" \(counts) skipped="0">
      \(cases)  </testsuite>
      </testsuites>

      """
  }
}

extension CheckResult {
  fileprivate func junitCase(suite: String) -> String {
    let file = source.map { " file=\"\($0.file.xmlEscaped)\" line=\"\($0.line)\"" } ?? ""
    let message = comparison.message.xmlEscaped
    let outcome =
      comparison.passed
      ? "<system-out>\(message)</system-out>"
      : "<failure type=\"expectation\" message=\"\(message)\">\(message)</failure>"
    return """
          <testcase classname="\(suite.xmlEscaped)" name="\(title.xmlEscaped)"\(file)>
            \(outcome)
          </testcase>

      """
  }
}
