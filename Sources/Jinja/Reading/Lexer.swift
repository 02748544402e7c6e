/// Cuts a template into tokens, with the white space around tags as Jinja2 leaves it under `trim_blocks` and
/// `lstrip_blocks`: the line break after a tag goes, and so do blanks before a tag that begins its line.
struct Lexer {
  let source: [Unicode.Scalar]
  var position = 0
  var line = 1
  /// Whether what was read last ended with a line break, or nothing was read.
  private var isLineStart = true
  private(set) var tokens: [Token] = []

  /// Line breaks of all kinds are one, and one at the very end does not count.
  private init(_ text: String) {
    var scalars: [Unicode.Scalar] = []
    var last: Unicode.Scalar?
    for scalar in text.unicodeScalars {
      if scalar != "\n" || last != "\r" { scalars.append(scalar == "\r" ? "\n" : scalar) }
      last = scalar
    }
    if scalars.last == "\n" { scalars.removeLast() }
    source = scalars
  }

  static func tokens(of text: String) throws(JinjaError) -> [Token] {
    var lexer = Lexer(text)
    try lexer.read()
    return lexer.tokens
  }

  private mutating func read() throws(JinjaError) {
    while let start = nextTag() {
      let kind = source[start + 1]
      let sign = sign(at: start + 2)
      let isRaw = kind == "%" ? endOfRawTag(start, "raw", trims: false) : nil
      addData(upTo: start, sign: sign, isOutput: kind == "{")
      if let end = isRaw {
        move(to: end)
        try readRaw()
      } else if kind == "#" {
        try skipComment()
      } else {
        add(kind == "{" ? .outputStart : .tagStart)
        move(to: start + 2 + (sign == nil ? 0 : 1))
        try readTag(isOutput: kind == "{")
      }
    }
    if position < source.count { add(.data(Text(source[position...]))) }
    move(to: source.count)
    add(.end)
  }

  mutating func add(_ kind: Token.Kind) { tokens.append(Token(kind: kind, line: line)) }

  mutating func move(to end: Int) {
    for scalar in source[position..<end] where scalar == "\n" { line += 1 }
    if end > position { isLineStart = source[end - 1] == "\n" }
    position = end
  }

  func matches(_ text: String, at index: Int) -> Bool {
    index <= source.count && source[index...].starts(with: text.unicodeScalars)
  }

  private func nextTag() -> Int? {
    var index = position
    while index + 1 < source.count {
      if source[index] == "{", ["{", "%", "#"].contains(source[index + 1]) { return index }
      index += 1
    }
    return nil
  }

  private func sign(at index: Int) -> Unicode.Scalar? {
    index < source.count && ["-", "+"].contains(source[index]) ? source[index] : nil
  }

  /// The text before a tag: without white space before `-`, without blanks where the tag begins a line.
  private mutating func addData(upTo end: Int, sign: Unicode.Scalar?, isOutput: Bool) {
    var kept = source[position..<end]
    if sign == "-" {
      while kept.last?.isSpace == true { kept.removeLast() }
    } else if sign == nil, !isOutput {
      let lineStart = kept.lastIndex { $0 == "\n" }.map { $0 + 1 } ?? position
      if lineStart > position || isLineStart, kept[lineStart...].allSatisfy(\.isSpace) { kept = kept[..<lineStart] }
    }
    if !kept.isEmpty { add(.data(Text(kept))) }
    move(to: end)
  }

  /// Where a tag ends whose `%}` or `#}` begins here, after the white space that goes with it; nil where none does.
  func endOfTag(_ mark: String, at index: Int, trims: Bool = true) -> Int? {
    if matches("-" + mark, at: index) { return endOfSpace(from: index + 3) }
    if trims, matches("+" + mark, at: index) { return index + 3 }
    guard matches(mark, at: index) else { return nil }
    return trims && matches("\n", at: index + 2) ? index + 3 : index + 2
  }

  func endOfSpace(from index: Int) -> Int {
    var end = index
    while end < source.count, source[end].isSpace { end += 1 }
    return end
  }

  private mutating func skipComment() throws(JinjaError) {
    var index = position + 2
    while index < source.count {
      if let end = endOfTag("#}", at: index) { return move(to: end) }
      index += 1
    }
    throw .syntax(line: line, message: "a comment does not end; #} is expected")
  }

  /// Where `{% raw %}` or `{% endraw %}` ends that begins here.
  private func endOfRawTag(_ start: Int, _ name: String, trims: Bool) -> Int? {
    guard matches("{%", at: start) else { return nil }
    let word = endOfSpace(from: start + 2 + (sign(at: start + 2) == nil ? 0 : 1))
    guard matches(name, at: word) else { return nil }
    return endOfTag("%}", at: endOfSpace(from: word + name.unicodeScalars.count), trims: trims)
  }

  private mutating func readRaw() throws(JinjaError) {
    var index = position
    while index < source.count {
      if matches("{%", at: index), let end = endOfRawTag(index, "endraw", trims: true) {
        addData(upTo: index, sign: sign(at: index + 2), isOutput: false)
        return move(to: end)
      }
      index += 1
    }
    throw .syntax(line: line, message: "a raw block does not end; {% endraw %} is expected")
  }
}
