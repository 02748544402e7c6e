/// What a template may take. Templates come from files, and those of the known models stay far below.
enum Limits {
  /// Bytes of a template; the longest of the known ones has some 30 kB.
  static let sourceBytes = 1 << 20
  /// Parentheses, brackets and tags within each other, while a template is read.
  static let nesting = 40
  /// How deep an expression may be; in a sum of many parts each part is a step.
  static let expressionDepth = 120
  /// Expressions, statements and macros within each other, while a template is rendered.
  static let renderingDepth = 160
  /// Lists and dictionaries within each other.
  static let valueDepth = 40
  /// Scalars of one text, also of the whole output.
  static let scalars = 1 << 22
  /// Scalars of a text that are a step.
  static let scalarsOfStep = 8
  /// Elements of `range`, as in Jinja2's sandbox.
  static let range = 100_000
}
