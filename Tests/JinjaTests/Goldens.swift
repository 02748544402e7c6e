import Foundation
import Jinja
import StrictJSON

/// What Jinja2 and transformers make of templates, as `fixtures/chat-templates/make.py` wrote it.
struct Goldens {
  /// A template with what it renders to, or the kind of Python's error.
  struct Case {
    var template: String
    var variables: [(name: String, value: Variable)]
    var expected: String?
    var name = ""
  }

  private static let folder = URL(filePath: #filePath).appending(path: "../../../fixtures/chat-templates").standardized

  static func reader(_ file: String) throws -> JSONReader {
    try JSONReader(file: file, bytes: Array(try Data(contentsOf: folder.appending(path: file))))
  }

  /// Small templates, each for one construct.
  static func expressions() throws -> [Case] {
    let file = try reader("expressions.json")
    let variables = variables(try file.object("context").object)
    return try file.objects("cases").map {
      Case(template: try $0.string("template"), variables: variables, expected: try $0.optionalString("output"))
    }
  }

  /// Templates of the shapes of known models' with conversations.
  static func families() throws -> [Case] {
    let file = try reader("families.json")
    let (templates, rendered) = (try file.object("templates"), try file.object("rendered"))
    let conversations = try file.object("conversations").object
    var cases: [Case] = []
    for (family, _) in templates.object.members {
      for (name, turns) in conversations.members {
        var variables = variables(try file.object("special_tokens").object)
        variables.append(("messages", variable(turns)))
        variables.append(("add_generation_prompt", .boolean(false)))
        variables += [("tools", .none), ("documents", .none)]
        let result = try rendered.object(family)[name]
        let expected: String? = if case .string(let text) = result { text } else { nil }
        cases.append(
          Case(
            template: try templates.string(family), variables: variables, expected: expected, name: "\(family), \(name)"
          ))
      }
    }
    return cases
  }

  static func variables(_ object: JSONObject) -> [(name: String, value: Variable)] {
    object.members.map { ($0.name, variable($0.value)) }
  }

  private static func variable(_ value: JSONValue) -> Variable {
    switch value {
    case .null: .none
    case .boolean(let value): .boolean(value)
    case .integer(let value): .integer(value)
    case .number(let value): .number(value)
    case .string(let text): .text(text)
    case .array(let elements): .list(elements.map(variable))
    case .object(let object): .dictionary(variables(object))
    }
  }
}

/// What a template renders to, or the error, in a form that can be compared.
func outcome(
  _ template: String, _ variables: [(name: String, value: Variable)] = [], mostSteps: Int = Template.mostSteps
) -> Result<String, JinjaError> {
  Result { () throws(JinjaError) in try Template(template).render(variables, mostSteps: mostSteps) }
}
