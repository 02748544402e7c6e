/// A piece of a template.
struct Token: Sendable, Equatable {
  enum Kind: Sendable, Equatable {
    /// Text outside of tags.
    case data(Text)
    /// `{{` and `}}`.
    case outputStart, outputEnd
    /// `{%` and `%}`.
    case tagStart, tagEnd
    case name(String)
    case text(Text)
    case integer(Int)
    case number(Double)
    /// An operator or a bracket.
    case symbol(String)
    case end
  }

  var kind: Kind
  var line: Int

  /// What it is, for messages.
  var words: String {
    switch kind {
    case .data: "text"
    case .outputStart: "{{"
    case .outputEnd: "}}"
    case .tagStart: "{%"
    case .tagEnd: "%}"
    case .name(let name): name
    case .text: "a string"
    case .integer, .number: "a number"
    case .symbol(let symbol): symbol
    case .end: "the end of the template"
    }
  }
}
