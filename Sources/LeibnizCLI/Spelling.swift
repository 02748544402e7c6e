import ArgumentParser
import Expectations

/// What in a command line no command knows, and what was probably meant.
enum Spelling {
  private static let commands = LeibnizCommand.configuration.subcommands

  /// What is wrong with the subcommand's name, also as help is asked about it; nil where it is none or known.
  static func unknownCommand(in arguments: [String]) -> String? {
    let words = arguments.first == "help" ? arguments.dropFirst() : arguments[...]
    guard let name = words.first, !name.hasPrefix("-"), name != "help", command(name) == nil else { return nil }
    let known = commands.map { $0.commandName }
    return "Unknown subcommand '\(name)'\(hint(name, among: known)) There are: \(known.joined(separator: ", "))."
  }

  /// What is wrong with an argument that holds nothing, as of a variable that is not set; nil where there is none. A text to
  /// tokenize may be empty.
  static func emptyArgument(in arguments: [String]) -> String? {
    guard arguments.first != "tokenize" else { return nil }
    return arguments.firstIndex(of: "").map { index in
      let before = index > 0 ? " after '\(arguments[index - 1])'" : ""
      return "An argument\(before) is empty. Is a variable not set?"
    }
  }

  /// The lines that tell of the first option that the subcommand does not know; nil where all are known.
  static func unknownOption(in arguments: [String]) -> [String]? {
    guard let command = arguments.first.flatMap({ Self.command($0) }) else { return nil }
    let known = options(of: command)
    let given = arguments.dropFirst().prefix { $0 != "--" }.filter { $0.hasPrefix("--") }
      .map { String($0.prefix { $0 != "=" }) }
    guard let name = given.first(where: { !known.contains($0) }) else { return nil }
    let usage = LeibnizCommand.usageString(for: command)
    return [
      "Error: Unknown option '\(name)'\(hint(name, among: known))", "Usage: \(usage)",
      "  See 'leibniz \(command.commandName) --help' for more information.",
    ]
  }

  private static func command(_ name: String) -> (any ParsableCommand.Type)? {
    commands.first { $0.commandName == name }
  }

  private static func hint(_ name: String, among known: [String]) -> String {
    suggestion(for: name, among: known).map { ". Did you mean '\($0)'?" } ?? "."
  }

  /// The long options that a subcommand takes, those that its help keeps quiet about included.
  private static func options(of command: any ParsableCommand.Type) -> [String] {
    let help = LeibnizCommand.helpMessage(for: command, includeHidden: true).split(separator: "\nUSAGE:").last ?? ""
    return help.split(separator: "\n").flatMap { line -> [String] in
      let names = line.firstMatch(of: /^  (?:-., )?(--[-a-z]+(?:, --[-a-z]+)*)/)?.output.1 ?? ""
      return names.split(separator: ", ").map(String.init)
    } + ["--version"]
  }
}

extension ParsableCommand {
  /// The name by which a command is called.
  fileprivate static var commandName: String { configuration.commandName ?? "\(Self.self)".lowercased() }
}
