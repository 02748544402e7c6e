import Foundation
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
    let result = try prompts("\n{{ strftime_now('%d') }}" + Self.bare)
    #expect(result.status == 0)
    #expect(result.errors.hasPrefix("warning: the model's own chat template is not used: c: "), "\(result.errors)")
    #expect(
      result.errors.contains("/tokenizer_config.json: chat_template: line 2: strftime_now is not supported\n"),
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
