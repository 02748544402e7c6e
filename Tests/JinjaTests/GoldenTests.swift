import Jinja
import StrictJSON
import Testing

/// The interpreter is held to Jinja2 and to the way in which transformers compiles a template.
struct GoldenTests {
  @Test func `Small templates render as Jinja2 renders them, and are refused where it refuses them`() throws {
    let cases = try Goldens.expressions()
    #expect(cases.count > 800)
    for golden in cases {
      let outcome = outcome(golden.template, golden.variables)
      switch (outcome, golden.expected) {
      case (.success(let text), let expected?):
        #expect(
          text.isSpelled(expected), "\(golden.template): \(text.debugDescription) for \(expected.debugDescription)")
      case (.success(let text), nil): Issue.record("\(golden.template): \(text.debugDescription) for an error")
      case (.failure(let error), let expected?):
        Issue.record("\(golden.template): \(error) for \(expected.debugDescription)")
      case (.failure(let error), nil): #expect(!error.description.isEmpty)
      }
    }
  }

  @Test func `Chat templates of all shapes render as transformers renders them`() throws {
    let cases = try Goldens.families()
    #expect(cases.count > 150 && cases.count { $0.expected != nil } > 130)
    for golden in cases {
      switch (outcome(golden.template, golden.variables), golden.expected) {
      case (.success(let text), let expected?):
        #expect(text.isSpelled(expected), "\(golden.name): \(text.debugDescription) for \(expected.debugDescription)")
      case (.failure(.raised), nil): break
      case (.success(let text), nil): Issue.record("\(golden.name): \(text.debugDescription) for an error")
      case (.failure(let error), _): Issue.record("\(golden.name): \(error)")
      }
    }
  }

  @Test(arguments: [
    ("{{ x | pprint }}", "the filter pprint"), ("{{ 1 is sameas 1 }}", "the test sameas of an integer"),
    ("{{ 'a'.encode() }}", "the method encode of a text"), ("{{ lipsum() }}", "lipsum"),
    ("{% include 'a' %}", "the tag {% include %}"), ("{{ x[1, 2] }}", "a subscript of several parts"),
    ("{{ 9223372036854775807 + 1 }}", "an integer beyond 64 bits"),
    ("{{ 9223372036854775808 }}", "a number beyond 64 bits"), ("{{ 'a'.__class__ }}", "the attribute __class__"),
    ("{{ namespace() }}", "printing a namespace"), ("{{ [namespace()] }}", "a namespace as a part of a value"),
    ("{{ 1 | tojson(depth=1) }}", "the argument depth of tojson"),
    ("{{ 0xFFFFFFFFFFFFFFFFF }}", "the number that begins with 0x"), (#"{{ '\N{DASH}' }}"#, #"the escape \N"#),
    (#"{{ '\ud83d' }}"#, "the escape of half a surrogate pair or beyond Unicode"),
    ("{{ é }}", "the scalar U+E9 outside of strings"), ("{{ 'a' | map('x') }}", "the filter x"),
    ("{{ '' | map('x') }}", "printing an iterator"), ("{{ (-8) ** 0.5 }}", "a root of a negative number"),
    ("{{ ('a' | safe).upper() }}", "the method upper of a text that is marked as safe"),
  ])
  func `What is not supported is named with its line`(template: String, construct: String) {
    let error = JinjaError.unsupported(line: 3, construct: construct)
    #expect(outcome("a\n\n" + template) == .failure(error))
    #expect(error.description == "line 3: \(construct) is not supported")
  }

  @Test func `What is not supported does no harm in a branch that is not taken`() {
    #expect(outcome("{% if false %}{{ lipsum() | pprint }}{% endif %}a") == .success("a"))
    #expect(outcome("{{ 1 if true else lipsum() }}") == .success("1"))
  }

  @Test func `Errors say where and what`() {
    #expect(outcome("\n{{ x.y }}") == .failure(.failed(line: 2, message: "x, which is undefined, has no member y")))
    #expect(outcome("a\n{% if %}") == .failure(.syntax(line: 2, message: "an expression is expected, %} was found")))
    #expect(outcome("{{ raise_exception('no') }}") == .failure(.raised(line: 1, message: "no")))
    #expect(
      JinjaError.raised(line: 1, message: "no").description == "line 1: the template refuses the conversation: no")
  }

  @Test func `The day is the one that is given, and an error without one`() throws {
    let template =
      "a\n{{ strftime_now('%Y-%m-%d, %A %-d %B (%a %b) %j %U %W %V %G %u%w %y %D %F %T %I %p %e|%f%z%%') }}"
    #expect(outcome(template) == .failure(.noDate(line: 2)))
    #expect(JinjaError.noDate(line: 2).description.contains("say which with --date YYYY-MM-DD"))
    let days = [
      "2025-07-06":
        "2025-07-06, Sunday 6 July (Sun Jul) 187 27 26 27 2025 70 25 07/06/25 2025-07-06 00:00:00 12 AM  6|000000%",
      "2024-12-31":
        "2024-12-31, Tuesday 31 December (Tue Dec) 366 52 53 01 2025 22 24 12/31/24 2024-12-31 00:00:00 12 AM 31|000000%",
      "2021-01-03":
        "2021-01-03, Sunday 3 January (Sun Jan) 003 01 00 53 2020 70 21 01/03/21 2021-01-03 00:00:00 12 AM  3|000000%",
    ]
    for (day, expected) in days {
      let date = try #require(CalendarDate(day))
      #expect(try Template(template).render([], date: date) == "a\n" + expected)
    }
    #expect(try Template("{{ strftime_now is defined }}").render([]) == "True")
    for wrong in ["2025-02-29", "2025-13-01", "2025-00-10", "2025-1-01", "25-01-01", "2025-01-01 ", "", "-025-01-01"] {
      #expect(CalendarDate(wrong) == nil, "\(wrong)")
    }
  }
}
