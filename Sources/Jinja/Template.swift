/// A template of Jinja2, as far as chat templates use it, read as `transformers` compiles them: `trim_blocks`,
/// `lstrip_blocks`, the tags `break`, `continue` and `generation`, the functions `raise_exception`, `namespace`, `range` and
/// `dict`.
///
/// What is rendered is what Jinja2 3.1 renders. What this interpreter does not know is an error that names it, once it is
/// come to: a filter in a branch that is not taken does no harm. `strftime_now` writes the day that it is given, since a text
/// should be the same from day to day. Templates come from files, so that their size, depth, steps and output are bounded.
package struct Template: Sendable {
  /// Steps that a rendering may take: an expression, an element of a list and eight characters of a text are one each. A
  /// conversation takes some hundred a turn.
  package static let mostSteps = 2_000_000

  private let statements: [Statement]

  /// Reads a template.
  /// - Throws: ``JinjaError``, also for tags that are not supported.
  package init(_ source: String) throws(JinjaError) { statements = try Parser.statements(of: source) }

  /// What the template makes of variables. O(steps), which are bounded.
  /// - Parameters:
  ///   - variables: Names with their values; what is not among them is undefined.
  ///   - date: The day that `strftime_now` writes, at midnight.
  ///   - mostSteps: Steps that it may take.
  /// - Throws: ``JinjaError``.
  package func render(
    _ variables: [(name: String, value: Variable)], date: CalendarDate? = nil, mostSteps: Int = Template.mostSteps
  ) throws(JinjaError) -> String {
    var values: [Text: Value] = [:]
    for (name, variable) in variables { values[Text(name)] = try variable.value() }
    return try Renderer(values, date: date, mostSteps: mostSteps).render(statements)
  }
}
