import StrictJSON

/// What the random changes are that an adapter is compared with.
public struct NullSetting: Sendable, Equatable {
  /// How many there are.
  public var count: Int
  /// How they were scaled; nil where they are as large as the adapter's weights.
  public var match: Match?

  /// The scaling of random changes to the adapter's change of the scores.
  public struct Match: Sendable, Equatable {
    /// What they have in common with the adapter.
    public var statistic: NullMatch
    /// Of the adapter: the rms of ΔS over all pairs of tokens in regions, of all layers, heads and prompts.
    public var value: Double
    /// By random change, what all of its dW are multiplied by.
    public var factors: [Double]
    /// By random change, the statistic that it reaches.
    public var reached: [Double]
    /// How many passes it took to find the factors.
    public var passes: Int

    /// A scaling from its parts.
    public init(statistic: NullMatch, value: Double, factors: [Double], reached: [Double], passes: Int) {
      self.statistic = statistic
      self.value = value
      self.factors = factors
      self.reached = reached
      self.passes = passes
    }
  }

  /// A setting from its parts.
  public init(count: Int, match: Match? = nil) {
    self.count = count
    self.match = match
  }

  /// Below which no p can fall.
  public var leastChance: Double { 1 / Double(count + 1) }
}

/// What random changes are scaled by.
public enum NullMatch: String, Sendable, CaseIterable {
  /// The rms of ΔS.
  case rms
}

extension NullSetting {
  var json: JSONObject { (["count": count] as JSONObject).with(present: ["match": match?.json]) }

  init(_ reader: JSONReader) throws(JSONMemberError) {
    let count = try reader.integer("count", in: 1...1_000_000)
    let match = try reader.optionalObject("match").reading { entry throws(JSONMemberError) in
      try Match(entry, count: count)
    }
    self.init(count: count, match: match)
  }
}

extension NullSetting.Match {
  fileprivate var json: JSONObject {
    ["statistic": statistic.rawValue, "value": value, "factors": factors, "reached": reached, "passes": passes]
  }

  fileprivate init(_ reader: JSONReader, count: Int) throws(JSONMemberError) {
    guard let statistic = NullMatch(rawValue: try reader.string("statistic")) else {
      throw reader.error("statistic", "rms is expected")
    }
    func numbers(_ name: String) throws(JSONMemberError) -> [Double] {
      let numbers = try reader.optionalNumbers(name) ?? []
      guard numbers.count == count else {
        throw reader.error(name, "\(numbers.count) numbers for \(count) random changes")
      }
      return numbers
    }
    self.init(
      statistic: statistic, value: try reader.number("value"), factors: try numbers("factors"),
      reached: try numbers("reached"), passes: try reader.count("passes"))
  }
}
