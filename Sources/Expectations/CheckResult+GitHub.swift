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
  fileprivate var githubMessage: String { replacing("%", with: "%25").escapingLineBreaks }

  /// The text as a workflow command's property.
  fileprivate var githubProperty: String {
    githubMessage.replacing(":", with: "%3A").replacing(",", with: "%2C")
  }

  // Scalar by scalar: "\r\n" is one Character.
  private var escapingLineBreaks: String {
    unicodeScalars.map { $0 == "\r" ? "%0D" : $0 == "\n" ? "%0A" : String($0) }.joined()
  }
}
