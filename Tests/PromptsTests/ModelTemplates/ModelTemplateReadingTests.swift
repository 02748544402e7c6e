import Foundation
import Prompts
import Testing

/// Where a model's template is looked for, and what is read with it.
struct ModelTemplateReadingTests {
  /// What is read from a folder with some files, and its path.
  private func read(_ files: [String: String]) throws -> (template: ModelTemplate?, path: String) {
    let folder = FileManager.default.temporaryDirectory.appending(path: "leibniz-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    for (name, text) in files { try Data(text.utf8).write(to: folder.appending(path: name)) }
    return (try ModelTemplate.read(from: folder), folder.path)
  }

  private func text(_ files: [String: String]) throws -> String? {
    try read(files).template?.text(of: [Conversation.Turn(role: "user", text: "Hi")])
  }

  private func message(_ files: [String: String]) -> String {
    do { return "\(String(describing: try read(files).template))" } catch { return "\(error)" }
  }

  @Test func `In tokenizer_config.json, as a text or as the default of a list`() throws {
    #expect(try text(["tokenizer_config.json": #"{"chat_template": "[{{ messages[0].content }}]"}"#]) == "[Hi]")
    let list = #"[{"name": "tool_use", "template": "t"}, {"name": "default", "template": "d"}]"#
    let read = try read(["tokenizer_config.json": #"{"chat_template": \#(list)}"#])
    #expect(read.template?.file == "\(read.path)/tokenizer_config.json")
    #expect(try text(["tokenizer_config.json": #"{"chat_template": \#(list)}"#]) == "d")
    #expect(
      message(["tokenizer_config.json": #"{"chat_template": [{"name": "tool_use", "template": "t"}]}"#])
        .contains("tokenizer_config.json: chat_template: one is expected to be named default, but they are tool_use"))
  }

  @Test func `A file of its own comes first`() throws {
    let files = [
      "tokenizer_config.json": #"{"chat_template": "c", "bos_token": "<b>"}"#,
      "chat_template.jinja": "{{ bos_token }}j\n",
    ]
    #expect(try text(files) == "<b>j")
    let read = try read(files)
    #expect(read.template?.file == "\(read.path)/chat_template.jinja")
    #expect(try text(["chat_template.jinja": "[{{ bos_token }}]"]) == "[]")
  }

  @Test func `There may be none`() throws {
    #expect(try read([:]).template == nil)
    #expect(try read(["tokenizer_config.json": #"{"bos_token": "<s>"}"#]).template == nil)
    #expect(try read(["tokenizer_config.json": #"{"chat_template": null}"#]).template == nil)
  }

  @Test func `Special tokens are texts or objects, and what is none is undefined`() throws {
    let template =
      "{{ bos_token }},{{ eos_token }},{{ pad_token is defined }},{{ image_token }},{{ add_bos_token is defined }}"
    let configuration = """
      {"chat_template": "\(template)", "bos_token": {"content": "<s>", "lstrip": false}, "eos_token": "</s>",
        "pad_token": null, "image_token": "<i>", "add_bos_token": true}
      """
    #expect(try text(["tokenizer_config.json": configuration]) == "<s>,</s>,False,<i>,False")
    let old = #"{"chat_template": "{{ bos_token }}{{ eos_token }}", "bos_token": "a"}"#
    let map = #"{"eos_token": {"content": "</e>"}, "bos_token": "b"}"#
    #expect(try text(["tokenizer_config.json": old, "special_tokens_map.json": map]) == "b</e>")
    let listed = #"{"chat_template": "{{ bos_token }}{{ eos_token }}", "bos_token": "a", "added_tokens_decoder": {}}"#
    #expect(try text(["tokenizer_config.json": listed, "special_tokens_map.json": map]) == "a")
  }

  @Test func `What is malformed is named`() throws {
    #expect(message(["tokenizer_config.json": "{"]).contains("/tokenizer_config.json: "))
    #expect(
      message(["tokenizer_config.json": #"{"chat_template": 5}"#]).contains("chat_template: a string is expected"))
    #expect(
      message(["tokenizer_config.json": #"{"chat_template": "a\n{% foo %}"}"#])
        .contains("/tokenizer_config.json: chat_template: line 2: the tag {% foo %} is unknown"))
    #expect(
      message(["chat_template.jinja": String(repeating: "a", count: 1 << 21)]).contains("at most 1048576 are read"))
    #expect(throws: PromptError.self) { try ModelTemplate.read(from: URL(filePath: "/no/such/folder")) }
  }
}
