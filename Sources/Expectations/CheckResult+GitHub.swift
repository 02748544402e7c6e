import Results

extension [CheckResult] {
  /// The failures as GitHub Actions workflow commands, which show each at its line of the expectations file.
  public var githubAnnotations: String {
    failures.map { result in
      var properties: [String] = []
      if let source = result.source {
        properties = ["file=\(source.file.githubProperty)", "line=\(source.line)", "col=\(source.column)"]
      }
      properties.append("title=\(result.title.githubProperty)")
      return "::error \(properties.joined(separator: ","))::\(result.comparison.message.githubMessage)\n"
    }.joined()
  }
}

extension String {
  /// The text as a workflow command's message.
  fileprivate var githubMessage: String { visibleInLines.escaping("%\r\n") }

  /// The text as a workflow command's property.
  fileprivate var githubProperty: String { visibleInLines.escaping("%\r\n:,") }

  /// A line for the log of a workflow: the marks of its commands in names are none. A backslash parts their two signs.
  package var withoutWorkflowCommands: String {
    let scalars = Array(unicodeScalars)
    var result = String.UnicodeScalarView()
    for (place, scalar) in scalars.enumerated() {
      result.append(scalar)
      let rest = scalars[(place + 1)...]
      if scalar == "#" && rest.starts(with: ["#", "["]) || scalar == ":" && rest.first == ":" { result.append("\\") }
    }
    return String(result)
  }

  // Scalar by scalar: "\r\n" is one Character, and so is a colon with an accent behind it.
  private func escaping(_ special: String) -> String {
    unicodeScalars.map { scalar in
      guard special.unicodeScalars.contains(scalar) else { return String(scalar) }
      let code = String(scalar.value, radix: 16, uppercase: true)
      return "%" + (code.utf8.count < 2 ? "0" : "") + code
    }.joined()
  }
}
