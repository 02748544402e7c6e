import Jinja
import StrictJSON
import Testing

/// The interpreter is held to Jinja2 and to the way in which transformers compiles a template.
struct GoldenTests {
  @Test func `Small templates render as Jinja2 renders them, and are refused where it refuses them`() throws {
    let cases = try Goldens.expressions()
    #expect(cases.count > 500)
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
    ("{{ x | groupby('a') }}", "the filter groupby"), ("{{ 1 is sameas 1 }}", "the test sameas"),
    ("{{ 'a'.zfill(3) }}", "the method zfill of a text"), ("{{ [1].append(2) }}", "the method append of a list"),
    ("{{ strftime_now('%d') }}", "strftime_now"), ("{{ lipsum() }}", "lipsum"),
    ("{{ '%s' % 1 }}", "formatting a text with %"),
    ("{% include 'a' %}", "the tag {% include %}"), ("{% call x() %}{% endcall %}", "the tag {% call %}"),
    ("{% for a in x recursive %}{% endfor %}", "a recursive loop"), ("{{ x[1, 2] }}", "a subscript of several parts"),
    ("{{ f(*x) }}", "a call with * or **"), ("{{ 9223372036854775807 + 1 }}", "an integer beyond 64 bits"),
    ("{{ 9223372036854775808 }}", "a number beyond 64 bits"), ("{{ 'a'.__class__ }}", "the attribute __class__"),
    ("{{ namespace() }}", "printing a namespace"), ("{{ [namespace()] }}", "a namespace as a part of a value"),
    ("{{ {1: 2} }}", "an integer as a dictionary's key"), ("{{ 1 | tojson(depth=1) }}", "the argument depth of tojson"),
    ("{{ 0x1F }}", "a number written as 0x…"), (#"{{ '\N{DASH}' }}"#, #"the escape \N"#),
    (#"{{ '\ud83d' }}"#, "the escape of half a surrogate pair or beyond Unicode"),
    ("{{ é }}", "the scalar U+E9 outside of strings"),
    ("{% for a in [1] %}{{ loop.changed(a) }}{% endfor %}", "loop.changed"),
    ("{{ '' | map('x') }}", "printing an iterator"),
    ("{{ 7.5 // 2 }}", "// of fractions"), ("{{ 2 ** -1 }}", "a power of a negative number"),
  ])
  func `What is not supported is named with its line`(template: String, construct: String) {
    let error = JinjaError.unsupported(line: 3, construct: construct)
    #expect(outcome("a\n\n" + template) == .failure(error))
    #expect(error.description == "line 3: \(construct) is not supported")
  }

  @Test func `What is not supported does no harm in a branch that is not taken`() {
    #expect(outcome("{% if false %}{{ strftime_now('%d') | groupby }}{% endif %}a") == .success("a"))
    #expect(outcome("{{ 1 if true else lipsum() }}") == .success("1"))
  }

  @Test func `Errors say where and what`() {
    #expect(outcome("\n{{ x.y }}") == .failure(.failed(line: 2, message: "x, which is undefined, has no member y")))
    #expect(outcome("a\n{% if %}") == .failure(.syntax(line: 2, message: "an expression is expected, %} was found")))
    #expect(outcome("{{ raise_exception('no') }}") == .failure(.raised(line: 1, message: "no")))
    #expect(
      JinjaError.raised(line: 1, message: "no").description == "line 1: the template refuses the conversation: no")
  }
}
