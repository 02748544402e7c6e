import Results

/// What an expectation found at one place.
public struct Finding: Sendable, Equatable {
  /// The place.
  public var place: Place
  /// The value there.
  public var value: Double
  /// What it was held against.
  public var limit: Double
  /// How far the value may still move before the expectation fails; negative by how far it failed.
  public var margin: Double
  /// Whether the expectation holds here.
  public var holds: Bool
  /// The value in words, after "layer 7, head 3": "has 0.4312, which is 0.2312 above 0.2"; empty where there is
  /// nothing to add.
  public var account: String

  /// A finding from its parts.
  public init(place: Place, value: Double, limit: Double, margin: Double, holds: Bool, account: String) {
    self.place = place
    self.value = value
    self.limit = limit
    self.margin = margin
    self.holds = holds
    self.account = account
  }

  /// A number held against bounds.
  public init(_ reading: Reading, bounds: Bounds) {
    let limit = bounds.limit(for: reading.value)
    let margin = bounds.margin(of: reading.value)
    let holds = margin >= 0
    let value = reading.value.short(besides: limit)
    let side = reading.value > limit ? "above" : "below"
    let account =
      holds
      ? "has \(value), margin \(margin.short)"
      : "has \(value), which is \((-margin).short) \(side) \(limit.short)"
    self.init(
      place: reading.place, value: reading.value, limit: limit, margin: margin, holds: holds,
      account: reading.value.isNaN ? "has NaN, which no bounds allow" : account)
  }
}

/// An expectation held against an analysis: a plain value, which a test, a report or another tool can record.
public struct Comparison: Sendable, Equatable {
  /// What is claimed about what: "share of dKᵀQ, after→before, layers 4-9".
  public var subject: String
  /// What it has to be: "at most 0.2".
  public var requirement: String
  /// Why it is expected, in the user's words.
  public var reason: String?
  /// Number of places that were looked at.
  public var places: Int
  /// Number of places where the expectation does not hold.
  public var failures: Int
  /// The finding with the least margin; nil where nothing could be compared.
  public var worst: Finding?
  /// Why nothing could be compared, if so.
  public var problem: String?

  /// Whether something was compared and the expectation holds everywhere.
  public var passed: Bool { problem == nil && places > 0 && failures == 0 }

  /// The outcome of some findings.
  public init(subject: String, requirement: String, reason: String? = nil, findings: [Finding]) {
    self.subject = subject
    self.requirement = requirement
    self.reason = reason
    places = findings.count
    failures = findings.count { !$0.holds }
    worst = findings.min { $0.isWorse(than: $1) }
    problem = findings.isEmpty ? "it selects nothing" : nil
  }

  /// An expectation about which nothing can be said; it has not passed.
  public init(subject: String, requirement: String, reason: String? = nil, problem: String) {
    self.init(subject: subject, requirement: requirement, reason: reason, findings: [])
    self.problem = problem
  }
}

extension Finding {
  /// Failures come before successes, then the smaller margin is the worse one; NaN is worst.
  func isWorse(than other: Finding) -> Bool {
    if holds != other.holds { return !holds }
    if margin.isNaN || other.margin.isNaN { return margin.isNaN && !other.margin.isNaN }
    return margin < other.margin
  }
}

extension Comparison: CustomStringConvertible {
  /// One line: what was expected, and the worst place with its value, limit and margin.
  public var message: String {
    if let problem {
      return "\(subject): expected \(requirement), but nothing could be compared: \(problem)\(because)"
    }
    guard let worst else { return "\(subject): expected \(requirement)\(because)" }
    let place = places == 1 ? "it" : "\(worst.place)"
    guard !passed else {
      let everywhere = places == 1 ? "" : " in all \(places) rows"
      let nearest = places == 1 ? "" : "nearest to the limit: "
      return "\(subject): \(requirement)\(everywhere)"
        + (worst.account.isEmpty ? "" : "; \(nearest)\(place) \(worst.account)")
    }
    let extent = places == 1 ? "" : "; \(failures) of \(places) rows \(failures == 1 ? "fails" : "fail")"
    return "\(subject): expected \(requirement), but \(place) \(worst.account)\(extent)\(because)"
  }

  private var because: String { reason.map { ". Expected because: \($0)" } ?? "" }

  /// ``message``.
  public var description: String { message }
}
