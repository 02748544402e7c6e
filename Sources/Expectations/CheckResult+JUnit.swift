extension [CheckResult] {
  /// The results as a JUnit XML file, the form that CI systems read (one suite, one test case an expectation).
  ///
  /// It holds no times and no host names, so that equal results give equal files.
  /// - Parameter suite: Name of the suite, usually the analysis file's.
  public func junit(suite: String) -> String {
    let failed = count { !$0.comparison.passed }
    let counts = "tests=\"\(count)\" failures=\"\(failed)\" errors=\"0\""
    let cases = map { $0.junitCase(suite: suite) }.joined()
    return """
      <?xml version="1.0" encoding="UTF-8"?>
      <testsuites name="leibniz check" \(counts)>
        <testsuite name="\(suite.xml)" \(counts) skipped="0">
      \(cases)  </testsuite>
      </testsuites>

      """
  }
}

extension CheckResult {
  fileprivate func junitCase(suite: String) -> String {
    let file = source.map { " file=\"\($0.file.xml)\" line=\"\($0.line)\"" } ?? ""
    let message = comparison.message.xml
    let outcome =
      comparison.passed
      ? "<system-out>\(message)</system-out>"
      : "<failure type=\"expectation\" message=\"\(message)\">\(message)</failure>"
    return """
          <testcase classname="\(suite.xml)" name="\(title.xml)"\(file)>
            \(outcome)
          </testcase>

      """
  }
}

extension String {
  /// The text inside XML elements and attributes; characters that XML 1.0 does not allow become U+FFFD.
  fileprivate var xml: String {
    var escaped = ""
    for scalar in unicodeScalars {
      switch scalar {
      case "&": escaped += "&amp;"
      case "<": escaped += "&lt;"
      case ">": escaped += "&gt;"
      case "\"": escaped += "&quot;"
      case "\t", "\n", "\r": escaped += "&#\(scalar.value);"
      case "\u{0}"..."\u{1F}", "\u{FFFE}", "\u{FFFF}": escaped += "\u{FFFD}"
      default: escaped.unicodeScalars.append(scalar)
      }
    }
    return escaped
  }
}
