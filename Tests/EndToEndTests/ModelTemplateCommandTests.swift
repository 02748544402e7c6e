import Foundation
import PairFixtures
import Testing

/// `leibniz prompts` with a model's own chat template.
@Suite struct ModelTemplateCommandTests {
  private let tool: CommandLineTool
  private let tokenizer = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "fixtures/tokenizers/smollm2.json")
  private let chat = """
    {"id": "c", "messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello!"}, \
    {"role": "persona", "content": "All is well."}]}
    """
  private static let bare =
    "{% for m in messages %}{{ '<|im_start|>' + m.role + '\\n' + m.content + '<|im_end|>\\n' }}{% endfor %}"
  private static let withSystem =
    "{% if messages[0].role != 'system' %}{{ '<|im_start|>system\\nAnswer.<|im_end|>\\n' }}{% endif %}" + bare

  init() throws { tool = try CommandLineTool() }

  private struct Prompt: Decodable {
    var input_ids: [Int]
    var separator: Int?
    var regions: [Region]
  }

  private struct Region: Decodable {
    var name: String
    var start: Int
    var end: Int
  }

  /// What the command makes of a chat with a model's folder that has a template.
  private func prompts(
    _ template: String?, _ options: String..., messages: String? = nil, asFile: Bool = false
  ) throws -> CommandLineTool.Result {
    try withTemporaryFolder { folder in
      try FileManager.default.copyItem(at: tokenizer, to: folder.appending(path: "tokenizer.json"))
      if let template {
        let configuration = try JSONSerialization.data(withJSONObject: ["chat_template": template])
        try configuration.write(to: folder.appending(path: "tokenizer_config.json"))
      }
      let file = folder.appending(path: "chats.jsonl")
      try Data((messages ?? chat).utf8).write(to: file)
      let model = asFile ? folder.appending(path: "tokenizer.json") : folder
      return try tool.run(["prompts", model.path, file.path, "--separator", "<|endoftext|>"] + options)
    }
  }

  private func prompt(_ result: CommandLineTool.Result) throws -> Prompt {
    try JSONDecoder().decode(Prompt.self, from: Data(result.output.utf8))
  }

  @Test func `A template that renders as a known one is named after it`() throws {
    let own = try prompts(Self.bare)
    #expect(own.status == 0)
    #expect(
      own.errors
        == "template: chatml, as the model's own chat_template renders, with a line break after the last turn\n")
    let known = try prompts(Self.bare, "--template", "chatml")
    #expect(known.status == 0 && known.errors.isEmpty, "\(known.errors)")
    let (first, second) = (try prompt(own), try prompt(known))
    #expect(first.input_ids.count == second.input_ids.count + 1 && first.input_ids.starts(with: second.input_ids))
    #expect(first.separator == second.separator)
  }

  @Test(arguments: [false, true]) func `A system prompt of the template's own is a region`(asFile: Bool) throws {
    let result = try prompts(Self.withSystem, asFile: asFile)
    #expect(result.status == 0)
    #expect(result.errors.hasPrefix("template: the model's own, of "), "\(result.errors)")
    #expect(result.errors.hasSuffix("/tokenizer_config.json\n"), "\(result.errors)")
    let prompt = try prompt(result)
    #expect(prompt.regions.map(\.name) == ["system", "user", "assistant", "persona"])
    #expect(prompt.separator == prompt.regions[3].start && prompt.regions[3].end == prompt.input_ids.count)
    let shown = try prompts(Self.withSystem, "--show", asFile: asFile).output
    #expect(shown.contains("<|im_start|>system\nAnswer.<|im_end|>"), "\(shown)")
  }

  @Test func `A template that is not supported is named with what it uses, and the tokens choose`() throws {
    let result = try prompts("\n{{ lipsum() }}" + Self.bare)
    #expect(result.status == 0)
    #expect(result.errors.hasPrefix("warning: the model's own chat template is not used: c: "), "\(result.errors)")
    #expect(
      result.errors.contains("/tokenizer_config.json: chat_template: line 2: lipsum is not supported\n"),
      "\(result.errors)")
    #expect(result.errors.hasSuffix("template: chatml, whose tokens the tokenizer has\n"), "\(result.errors)")
    #expect(try prompts(Self.bare, "--template", "chatml").output == result.output)
    let unread = try prompts("{% include 'a' %}")
    #expect(unread.status == 0 && unread.errors.contains("line 1: the tag {% include %} is not supported"))
  }

  @Test func `A conversation that the template refuses is named`() throws {
    let strict = "{% if messages[0].role == 'system' %}{{ raise_exception('no system') }}{% endif %}" + Self.bare
    let asked =
      #"{"id": "q", "messages": [{"role": "system", "content": "Be kind."}, {"role": "user", "content": "Hi"}]}"#
    let result = try prompts(strict, messages: "\(chat)\n\(asked)")
    #expect(result.status == 0)
    #expect(result.errors.contains("not used: q: "), "\(result.errors)")
    #expect(result.errors.contains("line 1: the template refuses the conversation: no system"), "\(result.errors)")
    #expect(result.output.split(separator: "\n").count == 2)
  }

  @Test func `A template that writes the day needs one`() throws {
    let template = "{{ strftime_now('%d %B %Y') }}\n" + Self.bare
    let dated = try prompts(template, "--date", "2025-07-06", "--show")
    #expect(dated.status == 0 && dated.output.contains("06 July 2025"), "\(dated.output) \(dated.errors)")
    let undated = try prompts(template)
    #expect(
      undated.status == 2 && undated.output.isEmpty && undated.errors.contains("--date YYYY-MM-DD"), "\(undated.errors)"
    )
    #expect(try prompts(template, "--date", "6 July").status == 64)
  }

  /// Templates of the shapes of reasoning and tool-calling models, with what transformers makes of them.
  private static let reasoning = """
    {% for m in messages %}{{ '<turn>' + m.role + '\n' }}{% if m.reasoning_content is string %}\
    {{ '<think>\n' + m.reasoning_content + '\n</think>\n\n' }}{% endif %}{{ m.content or '' }}\
    {% for c in m.tool_calls or [] %}{{ '<call>' + c.function | tojson + '</call>' }}{% endfor %}{{ '<end>\n' }}{% endfor %}
    """

  @Test func `Thoughts, calls, results and a line's system text are written and shown where they are said`() throws {
    let messages = """
      {"conversations": [{"from": "human", "value": "where"}, {"from": "gpt", "value": "mat"}], "system": "you are the cat", "tools": "[]"}
      {"messages": [{"role": "user", "content": "where"}, {"role": "assistant", "content": null, "tool_calls": [{"type": "function", \
      "function": {"name": "look", "arguments": {"n": 2}}}]}, {"role": "tool", "content": "yes"}, {"role": "assistant", \
      "reasoning_content": "the cat", "content": "mat", "mood": 1}], "source": "s"}
      """
    let result = try prompts(Self.reasoning, "--show", messages: messages)
    #expect(result.status == 0, "\(result.errors)")
    let shown = result.output.replacing(#/(?m) \d+\.\.<\d+\]/#, with: "]")
    #expect(
      shown.contains("[system] <turn>system\nyou are the cat<end>\n\n[user] <turn>user\nwhere<end>\n"), "\(shown)")
    #expect(
      shown.contains(
        #"[assistant] <turn>assistant"# + "\n" + #"<call>{"name": "look", "arguments": {"n": 2}}</call><end>"#),
      "\(shown)")
    #expect(
      shown.contains(
        "[tool] <turn>tool\nyes<end>\n\n[assistant] <turn>assistant\n<think>\nthe cat\n</think>\n\nmat<end>"),
      "\(shown)")
    #expect(result.errors.contains("of the lines these members are not used: source."), "\(result.errors)")
    #expect(result.errors.contains("which the template alone sees: mood."), "\(result.errors)")
  }

  @Test func `What a template writes nothing of is told`() throws {
    let asked = """
      {"messages": [{"role": "user", "content": "where"}, {"role": "assistant", "content": "mat", "reasoning_content": "t"}], \
      "tools": [{"type": "function", "function": {"name": "look"}}]}
      """
    let result = try prompts(Self.bare, messages: asked)
    #expect(result.status == 0)
    for name in ["tools", "reasoning_content"] {
      #expect(result.errors.contains("writes nothing of \(name), which 1 of the conversations"), "\(result.errors)")
    }
    let known = try prompts(Self.bare, "--template", "chatml", messages: asked)
    #expect(
      known.status == 2 && known.output.isEmpty && known.errors.contains("line 1 has tools, and chatml"),
      "\(known.errors)")
  }

  @Test func `Of preference rows the chosen answer is written, or the one that is asked for`() throws {
    let row = #"{"id": "p", "prompt": "where", "chosen": "mat", "rejected": "hat"}"#
    for (options, answer, other) in [([], "mat", "hat"), (["--answer", "rejected"], "hat", "mat")] {
      let result = try withTemporaryFolder { folder in
        try Data(row.utf8).write(to: folder.appending(path: "c.jsonl"))
        return try tool.run(
          ["prompts", tokenizer.path, folder.appending(path: "c.jsonl").path, "--template", "chatml", "--show"]
            + options)
      }
      #expect(result.status == 0 && result.output.contains("assistant\n\(answer)<|im_end|>"), "\(result.output)")
      #expect(!result.output.contains(other) && result.errors.contains("1 of the lines are preference rows"))
    }
    #expect(try prompts(Self.bare, "--answer", "best", messages: row).status == 64)
  }

  @Test func `The model's own can be asked for, and is then not done without`() throws {
    #expect(try prompts(Self.withSystem, "--template", "model").output == prompts(Self.withSystem).output)
    let none = try prompts(nil, "--template", "model")
    #expect(none.status == 2 && none.output.isEmpty)
    #expect(none.errors.contains("there is no chat_template.jinja, and no chat_template in a tokenizer_config.json"))
    let unsupported = try prompts("{{ lipsum() }}", "--template", "model")
    #expect(unsupported.status == 2 && unsupported.output.isEmpty)
    #expect(unsupported.errors.contains("error: c: ") && unsupported.errors.contains("line 1: lipsum is not supported"))
    let unread = try prompts("{% include 'a' %}", "--template", "model")
    #expect(unread.status == 2 && unread.errors.contains("the tag {% include %} is not supported"))
    #expect(try prompts(nil, "--template", "vicuna").status == 64)
  }
}
