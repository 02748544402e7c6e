/// Why a template cannot be read or rendered. Lines count from 1.
public enum JinjaError: Error, Sendable, Equatable {
  /// The text is no template, or one that Jinja2 would refuse too.
  case syntax(line: Int, message: String)
  /// Something that Jinja2 knows and this interpreter does not, by name: "the filter groupby".
  case unsupported(line: Int, construct: String)
  /// What Jinja2 would refuse while it renders: a sum of a text and a number, an attribute of something undefined.
  case failed(line: Int, message: String)
  /// The template called `raise_exception`.
  case raised(line: Int, message: String)
  /// The template asks for the day (`strftime_now`), and none was given.
  case noDate(line: Int)
  /// The template takes more than a template needs.
  case limit(line: Int, what: String)
}

extension JinjaError: CustomStringConvertible {
  /// The line and what is wrong there.
  public var description: String {
    switch self {
    case .syntax(let line, let message), .failed(let line, let message): "line \(line): \(message)"
    case .unsupported(let line, let construct): "line \(line): \(construct) is not supported"
    case .raised(let line, let message): "line \(line): the template refuses the conversation: \(message)"
    case .noDate(let line):
      """
      line \(line): the template writes the day (strftime_now), and a text should be the same from day to day: say which \
      with --date YYYY-MM-DD
      """
    case .limit(let line, let what): "line \(line): \(what)"
    }
  }
}
