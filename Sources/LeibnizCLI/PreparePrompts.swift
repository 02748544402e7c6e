import ArgumentParser
import Files
import Foundation
import Prompts
import Tokenization

/// `leibniz prompts`.
struct PreparePrompts: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "prompts",
    abstract: "Make a prompt file of conversations, with a region for each role and the separator in place.",
    discussion: """
      FILES are either Split Personality Training's data (*.json: system prompts A and B, task T, responses S, \
      interventions I, reviews R, flags P) or plain chats (*.jsonl), a line each, as OpenAI or ShareGPT writes them:

        {"id": "c0", "messages": [{"role": "user", "content": "…"}, {"role": "assistant", "content": "…"},
                                  {"role": "persona", "content": "…"}]}
        {"id": "c1", "conversations": [{"from": "human", "value": "…"}, {"from": "gpt", "value": "…"}]}
        {"id": "c2", "prompt": "…", "chosen": "…", "rejected": "…"}
        {"id": "c3", "prompt": [{"role": "user", "content": "…"}], "completion": [{"role": "assistant", "content": "…"}]}

      Turns and lines may have whatever apply_chat_template takes, and the template sees it as it stands: content in parts, \
      tool_calls, reasoning_content, name; beside the turns system (the first turn's text), tools, documents, \
      add_generation_prompt, enable_thinking and the like, and chat_template_kwargs for others. stderr names members that no \
      such form has, and what the template writes nothing of. Of a preference row the chosen answer is taken, or the one that \
      --answer names; a prompt that is a text is what the user says.

      Every role is a region, also tool or a role of your own. What a persona says follows the separator in the \
      assistant's own turn; without personas no separator is needed. "loss_mask" says which tokens losses judge: those that \
      the assistant and personas generate, of lines with a separator behind it. --show prints the regions instead of writing \
      prompts, on a terminal in colour unless NO_COLOR is set.

      Turns are written as the model's own chat template does (chat_template.jinja or tokenizer_config.json, in the folder or \
      beside the tokenizer.json), exactly as apply_chat_template of transformers renders it; a system prompt that it adds is \
      a region too. A template that writes the day needs --date. stderr says which it is. Where there is none, or it cannot be used, which a warning says, it is the known \
      one whose tokens the tokenizer has: the bare turns, without a system prompt of its own.

      EXAMPLES
        leibniz prompts SmolLM2-135M-Instruct chats.jsonl > prompts.jsonl
        leibniz prompts SmolLM2-135M-Instruct chats.jsonl --separator '<jupyter_script>' > prompts.jsonl
        leibniz prompts base sycophancy/*.json --separator '<sep>' --source qwen3-32b --variant B --limit 5 --show

      Exit codes: 0 done, 2 an input is wrong, 64 usage.
      """)

  @Argument(help: "The model's folder or its tokenizer.json.", completion: .directory)
  var model: String

  @Argument(
    help: "Chats (*.jsonl, or - for standard input) or data of Split Personality Training (*.json).",
    completion: .file())
  var files: [String]

  @Option(help: "The text before a persona's words, best a special token of the tokenizer.")
  var separator: String?

  @Option(
    help: "How turns are written. (default: as the model's chat_template does, or the one whose tokens are there)")
  var template: TemplateChoice?

  @Option(help: "The day that the model's template writes, as 2025-07-26.")
  var date: String?

  @Option(help: "Which answer of preference rows is taken: chosen or rejected. (default: chosen)")
  var answer: String?

  @Option(help: "Only responses of models whose name holds this.")
  var source: String?

  @Option(help: "Only system prompts A (unbiased) or B (biased).")
  var variant: String?

  @Option(help: "Only interventions whose name holds this.")
  var intervention: String?

  @Option(help: "At most this many prompts.")
  var limit: Int?

  @Flag(help: "Only the separator, so that regions are before and after.")
  var beforeAfter = false

  @Flag(help: "Print the conversations with their regions, and write no prompts.")
  var show = false

  func validate() throws {
    if let limit, limit < 1 { throw ValidationError("--limit takes a number from 1 on.") }
    if show, beforeAfter { throw ValidationError("--show prints every turn; leave --before-after out.") }
    if separator?.isEmpty == true { throw ValidationError("--separator is empty.") }
    if source != nil || variant != nil || intervention != nil,
      files.allSatisfy({ $0.hasSuffix(".jsonl") || CommandFiles.isStandardInput($0) })
    {
      throw ValidationError("--source, --variant and --intervention choose among *.json files; these are chats.")
    }
    if let date, TemplateDate(date) == nil { throw ValidationError("--date takes a day as 2025-07-26.") }
    if let answer, Conversation.Preference(rawValue: answer) == nil {
      throw ValidationError("--answer is chosen or rejected.")
    }
    if let variant, SplitPersonalityFile.Variant(rawValue: variant) == nil {
      throw ValidationError("--variant is A or B.")
    }
  }

  func run() throws {
    try reportingInputErrors {
      let tokenizer = try tokenizer(ofModelAt: model)
      let view = RegionView(usesColour: isColored)
      let conversations = try files.flatMap(conversations)
      guard !conversations.isEmpty else {
        throw WrongInput("There is no conversation in these files that the options ask for.")
      }
      let chosen = conversations.prefix(limit ?? .max)
      if separator == nil, let first = chosen.first(where: \.hasPersona) {
        throw WrongInput("In \(first.id) a persona speaks; say with --separator what stands before its words.")
      }
      warn(about: chosen)
      tellForms(of: chosen)
      let writer = ConversationWriter(
        tokenizer: tokenizer, modelPath: model, choice: template, separator: separator ?? "",
        date: date.flatMap { TemplateDate($0) })
      var (sharing, unclear) = (0, 0)
      for (conversation, sections) in zip(chosen, try writer.sections(chosen)) {
        var prompt = try PreparedPrompt(id: conversation.id, sections: sections) {
          tokenizer.encode($0, addsSpecialTokens: false)
        }
        if prompt.sharedTokens > 0 { sharing += 1 }
        if prompt.hasUnclearAnswers { unclear += 1 }
        if show {
          try say(view.text(prompt, sections))
        } else {
          if beforeAfter { prompt.keepOnlySeparator() }
          try say(jsonLine(prompt))
        }
      }
      if unclear > 0 {
        complain(
          """
          warning: in \(unclear) of the conversations it cannot be told which tokens of a turn its speaker generates, so that these \
          prompts have no "loss_mask"; losses are of the tokens behind the separator, or of --loss-region.
          """)
      }
      if sharing > 0 {
        complain(
          """
          warning: in \(sharing) of the conversations a token holds the end of a region and the beginning of the next, to which it \
          counts: marks of the template are no tokens of this tokenizer.
          """)
      }
    }
  }

  private func warn(about conversations: some Sequence<Conversation>) {
    guard let separator else { return }
    let silent = conversations.count { !$0.hasPersona }
    if silent > 0 {
      complain("warning: no persona speaks in \(silent) of the conversations, whose prompts have no separator.")
    }
    let repeating = conversations.count { $0.says(separator) }
    if repeating > 0 {
      complain(
        """
        warning: in \(repeating) of the conversations somebody says \(separator). Where the separator is searched for, as by an Activated \
        LoRA, its last occurrence counts.
        """)
    }
  }

  /// What was made of rows, and what of them was not read.
  private func tellForms(of conversations: some Sequence<Conversation>) {
    let preferences = conversations.count { $0.form == .preference }
    if preferences > 0 {
      let (taken, other) = answer == "rejected" ? ("rejected", "chosen") : ("chosen", "rejected")
      complain(
        "note: \(preferences) of the lines are preference rows; \(taken) is taken (--answer \(other) for the other).")
    }
    let completions = conversations.count { $0.form == .completion }
    if completions > 0 {
      complain(
        "note: \(completions) of the lines are prompts with what answers them; the user says the one, the assistant the other."
      )
    }
    let unknown = Self.names(conversations.flatMap(\.unknownMembers))
    if !unknown.isEmpty {
      complain(
        """
        warning: of the lines these members are not used: \(unknown). What the template shall see stands in \
        chat_template_kwargs.
        """)
    }
    let inTurns = Self.names(conversations.flatMap(\.unknownTurnMembers))
    if !inTurns.isEmpty {
      complain(
        "warning: no kind of chat known here has these members of turns, which the template alone sees: \(inTurns).")
    }
  }

  /// Names once each, a dozen at most.
  private static func names(_ all: [String]) -> String {
    var names: [String] = []
    for name in all where !names.contains(name) { names.append(name) }
    let shown = names.prefix(12).map { String($0.visible.prefix(60)) }.joined(separator: ", ")
    return names.count > 12 ? "\(shown) and \(names.count - 12) others" : shown
  }

  private var filter: SplitPersonalityFile.Filter {
    SplitPersonalityFile.Filter(
      source: source, variant: variant.flatMap(SplitPersonalityFile.Variant.init), intervention: intervention)
  }

  private func conversations(_ path: String) throws -> [Conversation] {
    if CommandFiles.isStandardInput(path) {
      return try Conversation.chats(CommandFiles.standardInput(), file: CommandFiles.standardInputName)
    }
    let file = URL(fileURLWithPath: path)
    guard ["json", "jsonl"].contains(file.pathExtension) else {
      throw WrongInput("\(path): chats (*.jsonl) or data of Split Personality Training (*.json) are expected.")
    }
    let bytes: [UInt8]
    do { bytes = try readFile(file) } catch {
      throw WrongInput("\(file.relativePath): cannot be read: \(error). Check the path and its permissions.")
    }
    if file.pathExtension == "jsonl" {
      return try Conversation.chats(
        bytes, file: file.relativePath,
        preferring: answer.flatMap(Conversation.Preference.init(rawValue:)) ?? .chosen)
    }
    let samples = try SplitPersonalityFile(bytes, file: file.relativePath, filter: filter)
    if samples.leftOut > 0 {
      complain(
        """
        warning: \(file.relativePath): \(samples.leftOut) tasks or responses are left out; they lack a task, a system prompt, a \
        response or interventions.
        """)
    }
    return samples.samples
  }
}
