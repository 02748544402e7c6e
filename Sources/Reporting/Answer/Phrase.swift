/// A piece of text with what a renderer has to know of it: what stands out and what is code. Everything in it is plain text that
/// renderers escape, so that nothing from a file is taken for markup.
package struct Phrase: Sendable, Equatable {
  /// A run of characters of one kind.
  package struct Span: Sendable, Equatable {
    /// The characters.
    package var text: String
    /// Whether it stands out.
    package var isStrong = false
    /// Whether it is a name from a file or a command, to be shown as it is spelt.
    package var isCode = false
  }

  /// The runs, in order.
  package private(set) var spans: [Span] = []

  /// The phrase without anything that stands out.
  package var plain: String { spans.map(\.text).joined() }

  /// Whether there is nothing to read.
  package var isEmpty: Bool { spans.allSatisfy(\.text.isEmpty) }

  /// Something that stands out.
  static func strong(_ phrase: Phrase) -> Phrase {
    var result = phrase
    for index in result.spans.indices { result.spans[index].isStrong = true }
    return result
  }

  /// A name or a command as it is spelt.
  static func code(_ text: String) -> Phrase { Phrase(spans: [Span(text: text, isCode: true)]) }

  /// One after the other.
  static func + (left: Phrase, right: Phrase) -> Phrase { Phrase(spans: left.spans + right.spans) }

  /// "a", "a and b", "a, b and c".
  static func list(_ items: [Phrase]) -> Phrase {
    guard let last = items.last, items.count > 1 else { return items.first ?? "" }
    return items.dropLast().joined(by: ", ") + " and " + last
  }
}

extension [Phrase] {
  /// All in one, with a text between them; empty ones are left out.
  func joined(by separator: Phrase) -> Phrase {
    filter { !$0.isEmpty }.reduce("") { $0.isEmpty ? $1 : $0 + separator + $1 }
  }
}

extension Phrase: ExpressibleByStringInterpolation {
  /// Literal text.
  package init(stringLiteral value: String) { spans = value.isEmpty ? [] : [Span(text: value)] }

  /// Literal text with phrases and numbers in it.
  package init(stringInterpolation: Interpolation) { spans = stringInterpolation.phrase.spans }

  /// Puts a phrase together.
  package struct Interpolation: StringInterpolationProtocol {
    var phrase: Phrase = Phrase(stringLiteral: "")

    /// An empty phrase.
    package init(literalCapacity: Int, interpolationCount: Int) {}

    /// Adds literal text.
    package mutating func appendLiteral(_ literal: String) { appendInterpolation(literal) }

    /// Adds text.
    package mutating func appendInterpolation(_ text: String) {
      if !text.isEmpty { phrase.spans.append(Span(text: text)) }
    }

    /// Adds a number.
    package mutating func appendInterpolation(_ number: Int) { appendInterpolation(String(number)) }

    /// Adds a phrase.
    package mutating func appendInterpolation(_ other: Phrase) { phrase.spans += other.spans }
  }
}
