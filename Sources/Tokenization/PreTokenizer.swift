import RegularExpressions

/// A piece of text that goes into the model as a word.
struct Piece {
  var scalars: ArraySlice<Unicode.Scalar>
  /// How many of its characters stem from the first one of the whole text.
  var leading: Int
}

/// A pre-tokenizer of tokenizer.json: it cuts the text between added tokens into words.
indirect enum PreTokenizer: Sendable {
  /// `Metaspace.prepend_scheme`.
  enum PrependScheme: String, Sendable { case first, never, always }

  case byteLevel(addsPrefixSpace: Bool, splits: Bool)
  case split(RegularExpression, SplitBehavior, inverted: Bool)
  case digits(individual: Bool)
  case metaspace(replacement: Unicode.Scalar, PrependScheme, splits: Bool)
  case punctuation(SplitBehavior)
  case whitespace
  case whitespaceSplit
  case sequence([PreTokenizer])

  func split(_ pieces: [Piece]) -> [Piece] {
    switch self {
    case .byteLevel(let addsPrefixSpace, let splits):
      var pieces = pieces
      if addsPrefixSpace { for index in pieces.indices { pieces[index].prepend(" ") } }
      if splits { pieces = pieces.flatMap { $0.split(Self.gpt2, .isolated) } }
      return pieces.map {
        Piece(
          scalars: ByteAlphabet.encode($0.scalars)[...],
          leading: $0.leading > 0 ? ByteAlphabet.encode($0.scalars.prefix($0.leading)).count : 0)
      }
    case .split(let pattern, let behavior, let inverted):
      return pieces.flatMap { $0.split(pattern, behavior, inverted: inverted) }
    case .digits(let individual):
      return pieces.flatMap { $0.split(individual ? .isolated : .contiguous, where: \.isNumeric) }
    case .metaspace(let replacement, let scheme, let splits):
      return pieces.flatMap { $0.metaspace(replacement, scheme, splits: splits) }
    case .punctuation(let behavior): return pieces.flatMap { $0.split(behavior, where: \.isPunctuation) }
    case .whitespace: return pieces.flatMap { $0.words() }
    case .whitespaceSplit: return pieces.flatMap { $0.split(.removed, where: \.isWhitespace) }
    case .sequence(let parts): return parts.reduce(pieces) { $1.split($0) }
    }
  }

  /// The expression of `ByteLevel` with `use_regex`.
  private static let gpt2: RegularExpression = {
    let text = #"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"#
    var allowance = Int.max
    do { return try RegularExpression(text, .oniguruma, allowance: &allowance) } catch {
      preconditionFailure("\(text): \(error)")
    }
  }()
}

extension Piece {
  fileprivate mutating func prepend(_ scalar: Unicode.Scalar) {
    guard scalars.first != scalar else { return }
    scalars = [scalar] + scalars
    if leading > 0 { leading += 1 }
  }

  fileprivate func split(
    _ pattern: RegularExpression, _ behavior: SplitBehavior, inverted: Bool = false
  ) -> [Piece] {
    var sections = Section.sections(of: scalars, at: pattern.matches(in: scalars))
    if inverted { for index in sections.indices { sections[index].isMatch.toggle() } }
    return cut(behavior.pieces(sections))
  }

  fileprivate func split(_ behavior: SplitBehavior, where isMatch: (Unicode.Scalar) -> Bool) -> [Piece] {
    cut(behavior.pieces(Section.sections(of: scalars, where: isMatch)))
  }

  fileprivate func metaspace(
    _ replacement: Unicode.Scalar, _ scheme: PreTokenizer.PrependScheme, splits: Bool
  ) -> [Piece] {
    var piece = Piece(scalars: ArraySlice(scalars.map { $0 == " " ? replacement : $0 }), leading: leading)
    if scheme == .always || (scheme == .first && leading > 0) { piece.prepend(replacement) }
    return splits ? piece.split(.mergedWithNext) { $0 == replacement } : [piece]
  }

  /// The matches of `\w+|[^\w\s]+`: what lies between them is white space.
  fileprivate func words() -> [Piece] {
    enum Kind { case word, space, other }
    func kind(_ index: Int) -> Kind {
      let scalar = scalars[index]
      return scalar.isWord ? .word : scalar.isWhitespace ? .space : .other
    }
    var ranges: [Range<Int>] = []
    var start = scalars.startIndex
    while start < scalars.endIndex {
      let first = kind(start)
      let end = scalars.indices[start...].first { kind($0) != first } ?? scalars.endIndex
      if first != .space { ranges.append(start..<end) }
      start = end
    }
    return cut(ranges)
  }

  /// The pieces at these ranges, but for the empty ones.
  private func cut(_ ranges: [Range<Int>]) -> [Piece] {
    ranges.filter { !$0.isEmpty }.map {
      Piece(scalars: scalars[$0], leading: max(0, leading - ($0.lowerBound - scalars.startIndex)))
    }
  }
}
