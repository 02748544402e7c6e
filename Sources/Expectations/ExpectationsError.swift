/// Why expectations could not be read, or two analyses not be compared.
public enum ExpectationsError: Error, Sendable, Equatable, CustomStringConvertible {
  /// An expectations file is not what it has to be.
  case malformed(file: String, line: Int, column: Int, message: String)
  /// Two analyses are not of the same pair of models; `difference` says in what they differ.
  case differentPairs(old: String, new: String, difference: String)
  /// Two analyses of one pair have different regions, masks or reference points; `difference` says which.
  case differentSettings(old: String, new: String, difference: String)
  /// Too few prompts to tell a change from chance.
  case tooFewPrompts(file: String, prompts: Int, needed: Int)

  /// "expectations.yaml:7:5: what was found, what was expected and what to do".
  public var description: String {
    switch self {
    case .malformed(let file, let line, let column, let message):
      "\(file):\(line):\(column): \(message)"
    case .differentPairs(let old, let new, let difference):
      "\(old) and \(new) are of different pairs of models: \(difference). A baseline is another run of the same "
        + "base and adapted model. To hold another model to the old numbers, write expectations from the old run "
        + "(leibniz check --init \(old)) and check the new run against them."
    case .differentSettings(let old, let new, let difference):
      "\(old) and \(new) cannot be compared row by row: \(difference). Run both analyses with the same regions, "
        + "mask and reference point."
    case .tooFewPrompts(let file, let prompts, let needed):
      "\(file) holds \(prompts == 1 ? "1 prompt" : "\(prompts) prompts"); the two runs used different prompts, and "
        + "telling a change from chance takes at least \(needed) in each. Use more prompts, or the same prompts in "
        + "both runs."
    }
  }
}
