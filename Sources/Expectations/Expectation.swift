import Results

/// A claim about a document that can be held against it.
public struct Expectation<Document: Sendable>: Sendable {
  /// What is claimed about what: "share of dKᵀQ, after→before, layers 4-9".
  public var subject: String
  /// What it has to be: "at most 0.2".
  public var requirement: String
  /// Why it is expected, in the user's words.
  public var reason: String?
  /// Looks at every selected place.
  public var findings: @Sendable (Document) throws(SelectionError) -> [Finding]

  /// An expectation from its parts: to add a new kind, say what it looks at.
  public init(
    subject: String, requirement: String, reason: String? = nil,
    findings: @escaping @Sendable (Document) throws(SelectionError) -> [Finding]
  ) {
    self.subject = subject
    self.requirement = requirement
    self.reason = reason
    self.findings = findings
  }

  /// Holds the expectation against a document. It passes if it holds at every selected place.
  public func compare(with document: Document) -> Comparison {
    do {
      return Comparison(
        subject: subject, requirement: requirement, reason: reason, findings: try findings(document))
    } catch {
      return Comparison(
        subject: subject, requirement: requirement, reason: reason, problem: error.description)
    }
  }
}

/// A claim about an analysis.
public typealias AnalysisExpectation = Expectation<Analysis>

/// A claim about an ablation.
public typealias AblationExpectation = Expectation<Ablation>
