import Jinja
import Testing

/// Templates are files, and whoever wrote them may mean harm: each is rendered or refused, soon.
@Suite(.serialized) struct HostileTemplateTests {
  private static func nested(_ open: String, _ inner: String, _ close: String, _ count: Int = 5_000) -> String {
    String(repeating: open, count: count) + inner + String(repeating: close, count: count)
  }

  private static let hostile = [
    "{{ " + nested("(", "1", ")") + " }}", "{{ " + nested("[", "1", "]") + " }}",
    "{{ " + nested("not ", "1", "") + " }}",
    "{{ " + nested("-", "1", "") + " }}", "{{ " + nested("{'a':", "1", "}") + " }}",
    "{{ " + nested("f(", "1", ")") + " }}",
    "{{ " + nested("1 + ", "1", "") + " }}", "{{ a" + nested(".a", "", "") + " }}",
    "{{ a" + nested("[0]", "", "") + " }}",
    "{{ a" + nested("|trim", "", "") + " }}", "{{ a" + nested("()", "", "") + " }}",
    "{{ " + nested("1 if 1 else ", "1", "") + " }}",
    "{{ a" + nested(" is b", "", "") + " }}", "{{ " + nested("1 and ", "1", "") + " }}",
    nested("{% if 1 %}", "a", "{% endif %}"), nested("{% for a in [1] %}", "a", "{% endfor %}"),
    nested("{% set a %}", "a", "{% endset %}"), "{% set " + nested("(", "a", ")") + " = 1 %}",
    "{{ ", "{%", "{#", "{% raw %}", "{{ '", "{{ \"\\", #"{{ '\x"#, #"{{ '\U0011"#, "{{ 1", "{{ 1e", "{% for",
    "{{ " + nested("1_", "1", ""),
    "{% for i in range(10**9) %}{% endfor %}", "{{ range(-9223372036854775807, 9223372036854775807) | length }}",
    "{{ range(1, -9223372036854775807 - 2) }}", "{{ range(0, -9223372036854775807 - 1, -1) | length }}",
    "{% for a in range(100000) %}{% for b in range(100000) %}{% endfor %}{% endfor %}", "{{ 'a' * 10**9 }}",
    "{{ 10**9 * 'a' }}",
    "{{ [1] * 10**9 }}", "{{ 'a' * 9223372036854775807 }}", "{{ 'aa' * 9223372036854775807 }}",
    "{{ [1, 2] * 9223372036854775807 }}",
    "{% set n = namespace(x='a') %}{% for i in range(100) %}{% set n.x = n.x + n.x %}{% endfor %}",
    "{% set n = namespace(x=[1]) %}{% for i in range(100) %}{% set n.x = n.x + n.x %}{% endfor %}",
    "{% set n = namespace(x=[1]) %}{% for i in range(1000) %}{% set n.x = [n.x] %}{% endfor %}",
    "{% set n = namespace(x=[1]) %}{% for i in range(39) %}{% set n.x = [n.x, n.x] %}{% endfor %}{{ n.x }}",
    "{% set n = namespace(x=[1]) %}{% for i in range(38) %}{% set n.x = [n.x, n.x] %}{% endfor %}{{ n.x == n.x + [] }}{{ n.x | tojson }}",
    "{% set n = namespace(x={}) %}{% for i in range(1000) %}{% set n.x = {'a': n.x} %}{% endfor %}",
    "{% set n = namespace() %}{% set n.n = n %}", "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
    "{% macro m(a) %}{{ m(a ~ a) }}{% endmacro %}{{ m('a') }}", "{% macro m() %}{{ m() ~ m() }}{% endmacro %}{{ m() }}",
    "{{ 9223372036854775807 * 2 }}", "{{ -9223372036854775807 - 2 }}", "{{ (-9223372036854775807 - 1) // -1 }}",
    "{{ (-9223372036854775807 - 1) % -1 }}", "{{ -(-9223372036854775807 - 1) }}",
    "{{ (-9223372036854775807 - 1) | abs }}", "{{ 2 ** 10**18 }}",
    "{{ (1e308 * 10) | int }}", "{{ 1e19 | int }}", "{{ '1e999' | float }}", "{{ 1e999 }}",
    "{% set a = 'a' * 100000 %}{% for i in range(100000) %}{{ a.find('ab') }}{% endfor %}",
    "{% set a = 'a' * 100000 %}{% for i in range(100000) %}{{ a.replace('a', 'bb') }}{% endfor %}",
    "{% set a = 'a' * 100000 %}{{ a.find('a' * 50000 + 'b') }}{% for i in range(100000) %}{{ a.find('a' * 50000 + 'b') }}{% endfor %}",
    "{% set a = 'a ' * 100000 %}{% for i in range(100) %}{{ a.split() | join('b' * 1000) }}{% endfor %}",
    "{{ ('a' * 4000).replace('a', 'b' * 100000) }}",
    "{% set a = 'a' * 100000 %}{% for i in range(100000) %}{{ a == a ~ '' }}{% endfor %}",
    "{% set a = range(100000) | list %}{% for i in a %}{{ a[::-1] | length }}{% endfor %}",
    "{{ 1 | tojson(indent=10**9) }}",
    "{{ [[1]] | tojson(indent='a' * 100000) | length }}{{ 'x' * 20000000 }}",
  ]

  @Test(.timeLimit(.minutes(1)), arguments: hostile.indices)
  func `No template traps, hangs or takes more than its share`(index: Int) {
    let template = Self.hostile[index]
    let clock = ContinuousClock()
    var failure: JinjaError?
    let time = clock.measure {
      if case .failure(let error) = outcome(template, mostSteps: 50_000) { failure = error }
    }
    #expect(failure != nil, "\(template.prefix(100))")
    #expect(time < .seconds(20), "\(template.prefix(100)) took \(time): \(failure.map(String.init(describing:)) ?? "")")
  }

  @Test func `Steps are bounded where nothing is said`() {
    let loops = "{% for a in range(10000) %}{% for b in range(10000) %}{% endfor %}{% endfor %}"
    #expect(
      outcome(loops) == .failure(.limit(line: 1, what: "the template takes more than \(Template.mostSteps) steps")))
  }

  @Test func `What looks hostile and is not is rendered`() {
    #expect(outcome("{{ " + String(repeating: "1 < ", count: 100_000) + "1 }}") == .success("False"))
    #expect(
      outcome("{{ range(1, -9223372036854775807, -9223372036854775807) | list }}")
        == .success("[1, -9223372036854775806]"))
    #expect(
      outcome("{{ range(9223372036854775800, 9223372036854775807, 5) | list }}")
        == .success("[9223372036854775800, 9223372036854775805]"))
    #expect(
      outcome("{{ range(-9223372036854775800, -9223372036854775807 - 1, -5) | list }}")
        == .success("[-9223372036854775800, -9223372036854775805]"))
    #expect(outcome("{{ 1e308 * 10 | int }}") == .success("inf"))
  }

  @Test func `Far bounds of slices and steps are the ends`() {
    let far = "9223372036854775807"
    #expect(outcome("{{ 'abc'[-\(far):\(far)] }}") == .success("abc"))
    #expect(outcome("{{ 'abc'[\(far)::-\(far)] }}") == .success("c"))
    #expect(outcome("{{ 'abc'[::\(far)] }}{{ [1][-\(far)] }}{{ 'abc'[\(far)] }}") == .success("a"))
  }

  @Test func `A large template is refused by its size`() {
    let outcome = outcome(String(repeating: "a", count: 1 << 21))
    guard case .failure(.limit) = outcome else {
      Issue.record("a template of 2 MB is read")
      return
    }
  }

  /// Cases follow from the seed, so that a failure can be had again.
  @Test(.timeLimit(.minutes(5)), arguments: [UInt64(1), 2]) func `Broken templates are rendered or refused`(
    seed: UInt64
  ) throws {
    let goldens = try Goldens.families() + Goldens.expressions()
    var random = Mutation(state: seed)
    var (rendered, refused) = (0, 0)
    let clock = ContinuousClock()
    for number in 0..<2000 {
      let golden = goldens[random.below(goldens.count)]
      let template = random.broken(golden.template, other: goldens[random.below(goldens.count)].template)
      let time = clock.measure {
        switch outcome(template, golden.variables, mostSteps: 200_000) {
        case .success: rendered += 1
        case .failure(let error):
          refused += 1
          #expect(!error.description.isEmpty)
        }
      }
      #expect(time < .seconds(20), "case \(number) of seed \(seed) took \(time): \(template)")
    }
    #expect(rendered > 200 && refused > 200, "\(rendered) rendered, \(refused) refused")
  }
}

/// Breaks templates.
private struct Mutation {
  var state: UInt64

  /// A number below a bound (SplitMix64).
  mutating func below(_ bound: Int) -> Int {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return Int((mixed ^ (mixed >> 31)) % UInt64(max(1, bound)))
  }

  private static let pieces = [
    "{{", "}}", "{%", "%}", "-", "+", "(", ")", "[", "]", "'", "\"", "\\", "|", ".", ":", ",", "~", "*", "**", "=",
    "==", " in ",
    " is ", " not ", " if ", " else ", " and ", "none", "messages", "loop", "1", "0", "-1", "9223372036854775807",
    "1.5", "[::-1]",
    "range(99)", "| tojson", "| map('trim')", "| list", "{% endif %}", "{% endfor %}", "{% break %}",
    "{% set ns.x = ns %}", "\u{0}", "é",
  ]

  /// A template after one to four changes.
  mutating func broken(_ template: String, other: String) -> String {
    var scalars = Array(template.unicodeScalars)
    let donor = Array(other.unicodeScalars)
    for _ in 0...below(4) {
      let place = below(scalars.count + 1)
      let length = min(below(12), scalars.count - place)
      switch below(4) {
      case 0: scalars.removeSubrange(place..<place + length)
      case 1: scalars.insert(contentsOf: scalars[place..<place + length], at: below(scalars.count + 1))
      case 2: scalars.insert(contentsOf: Self.pieces[below(Self.pieces.count)].unicodeScalars, at: place)
      default:
        let start = below(donor.count)
        scalars.insert(contentsOf: donor[start..<min(donor.count, start + below(40))], at: place)
      }
    }
    return String(String.UnicodeScalarView(scalars))
  }
}
