import Jinja
import StrictJSON

/// Where the turns stand in a rendered text.
struct Layout {
  /// Words that no template knows: scalars of private use, which are no white space and in no other text.
  static let probe = Array("\u{F8E3}\u{F8E1}\u{F8E7}".unicodeScalars)
  static let probeText = String(String.UnicodeScalarView(probe))

  let template: ModelTemplate
  let messages: [ModelTemplate.Message]
  let variables: JSONObject
  let text: [Unicode.Scalar]
  /// Where messages are written, in the text's order; a message that is written in several places has several.
  private(set) var words: [Words] = []

  /// A stretch of the text that one message's words stand in, with the spots that it begins and ends with.
  struct Words {
    var message: Int
    var range: Range<Int>
    var first: Spot
    var last: Spot
  }

  init(
    _ messages: [ModelTemplate.Message], _ variables: JSONObject, of template: ModelTemplate
  ) throws(PromptError) {
    (self.messages, self.variables, self.template) = (messages, variables, template)
    text = Array(try template.text(of: messages.map(\.turn), variables).unicodeScalars)
    try findWords()
  }

  func notFound(_ message: Int) -> PromptError {
    .turnNotFound(file: template.file, turn: messages[message].number, role: messages[message].role)
  }

  /// What the template makes of turns, nil where it refuses them.
  func rendered(_ turns: [Conversation.Turn], _ variables: JSONObject? = nil) -> [Unicode.Scalar]? {
    (try? template.render(turns, variables ?? self.variables)).map { Array($0.unicodeScalars) }
  }

  /// Turns of which one says the probe at a spot.
  func turns(_ range: Range<Int>, probing index: Int, at path: [Spot.Step]) -> [Conversation.Turn] {
    range.map { message in
      let turn = messages[message].turn
      return message == index ? turn.replacing(path, by: Self.probeText) : turn
    }
  }

  // MARK: Words

  private mutating func findWords() throws(PromptError) {
    var repeated: [Words] = []
    for index in messages.indices {
      let (found, others) = try words(of: index)
      words += found
      repeated += others
    }
    words.sort { ($0.range.lowerBound, $0.range.upperBound) < ($1.range.lowerBound, $1.range.upperBound) }
    // Names and arguments widen the words of their turn, unless they stand among another's.
    for other in repeated
    where !words.contains(where: { $0.message != other.message && $0.range.overlaps(other.range) }) {
      words.append(other)
    }
    words.sort { ($0.range.lowerBound, $0.range.upperBound) < ($1.range.lowerBound, $1.range.upperBound) }
    var joined: [Words] = []
    for word in words {
      guard let last = joined.last else {
        joined.append(word)
        continue
      }
      if last.message == word.message {
        guard word.range.upperBound >= last.range.upperBound else { continue }
        joined[joined.count - 1].range = last.range.lowerBound..<word.range.upperBound
        joined[joined.count - 1].last = word.last
      } else {
        guard last.range.upperBound <= word.range.lowerBound else { throw notFound(word.message) }
        joined.append(word)
      }
    }
    words = joined
  }

  /// Where a message says something, and where names and arguments of its calls stand.
  private func words(of index: Int) throws(PromptError) -> (said: [Words], named: [Words]) {
    let turn = messages[index].turn
    let spots = Spot.all(of: turn)
    var (said, named) = ([Words](), [Words]())
    var isUnclear = false
    for spot in spots {
      guard let ranges = ranges(of: spot, in: index) else {
        isUnclear = true
        continue
      }
      let words = ranges.map { Words(message: index, range: $0, first: spot, last: spot) }
      if spot.isSpoken { said += words } else if words.count == 1 { named += words }
    }
    if !said.isEmpty { return (said, named) }
    if !named.isEmpty { return (named, []) }
    guard !isUnclear else { throw notFound(index) }
    // Nothing of it is written; where it would be is where its turn stands, if it has one.
    let content = Spot(path: Spot.content, text: "", isSpoken: true)
    if turn.text.isEmpty, let range = ranges(of: content, in: index)?.first {
      return ([Words(message: index, range: range, first: content, last: content)], [])
    }
    if messages[index].parts.contains(where: { $0.role.isSpelled(Conversation.persona) }) {
      throw .turnLeftOut(file: template.file, turn: messages[index].number, role: messages[index].role)
    }
    return ([], [])
  }

  /// Where the text changes once a spot says something else: a range for each time that it is written, none where it is not;
  /// nil where it cannot be told.
  private func ranges(of spot: Spot, in index: Int) -> [Range<Int>]? {
    let isSilent = spot.text.unicodeScalars.allSatisfy(\.properties.isWhitespace)
    guard let changed = rendered(turns(messages.indices, probing: index, at: spot.path)) else {
      return spot.isSpoken && !isSilent ? nil : []
    }
    let found = changed.occurrences(of: Self.probe)
    guard found.count != 1 else {
      let start = zip(text, changed).prefix { $0 == $1 }.count
      let end = text.count - zip(text.reversed(), changed.reversed()).prefix { $0 == $1 }.count
      if start <= end { return [start..<end] }
      // The template leaves the whole turn out where it says nothing.
      return isSilent ? [] : nil
    }
    guard !found.isEmpty else { return [] }
    // The same words several times: all are as long as each other.
    let (length, rest) = (text.count - changed.count + found.count * Self.probe.count).quotientAndRemainder(
      dividingBy: found.count)
    guard rest == 0, length >= 0 else { return nil }
    var ranges: [Range<Int>] = []
    var (place, read) = (0, 0)
    for range in found {
      let between = changed[read..<range.lowerBound]
      guard text[place...].starts(with: between), place + between.count + length <= text.count else { return nil }
      ranges.append(place + between.count..<place + between.count + length)
      (place, read) = (place + between.count + length, range.upperBound)
    }
    guard text[place...] == changed[read...], Set(ranges.map { Array(text[$0]) }).count == 1 else { return nil }
    return ranges
  }
}

extension [Unicode.Scalar] {
  /// Where some scalars stand.
  func occurrences(of part: [Unicode.Scalar]) -> [Range<Int>] {
    indices.filter { self[$0] == part.first && self[$0...].starts(with: part) }.map { $0..<$0 + part.count }
  }

  /// Where some scalars stand; nil if they do not, or several times.
  func occurrence(of part: [Unicode.Scalar]) -> Range<Int>? {
    let found = occurrences(of: part)
    return found.count == 1 ? found[0] : nil
  }
}
