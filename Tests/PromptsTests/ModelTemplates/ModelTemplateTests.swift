import Prompts
import StrictJSON
import Testing

/// What a model's own template makes of a conversation: the text as transformers renders it, divided among the turns.
struct ModelTemplateTests {
  private typealias Turn = Conversation.Turn
  private let families: FamilyTemplates
  private let whole = [
    Turn(role: "system", text: "Be kind."), Turn(role: "user", text: "Hi"), Turn(role: "assistant", text: "Hello!"),
    Turn(role: "persona", text: "All is well."),
  ]

  init() throws { families = try FamilyTemplates() }

  /// Sections as “region: text”.
  private func lines(
    _ name: String, _ turns: [Conversation.Turn], bos: String = "<s>", separator: String = "<sep>"
  ) throws -> [String] {
    try families.template(name, bos: bos).sections(turns, separator: separator).map { "\($0.region): \($0.text)" }
  }

  @Test func `Joined, the sections are what transformers renders, or an error says why there are none`() throws {
    var (divided, undivided) = (0, 0)
    for name in try families.names {
      let template = try families.template(name)
      for (conversation, turns) in try families.conversations {
        let expected = try families.rendered(name, conversation)
        do {
          let sections = try template.sections(turns)
          let text = sections.map(\.text).joined()
          #expect(expected.map(text.isSpelled) == true, "\(name), \(conversation): \(text)")
          #expect(sections.allSatisfy { !$0.text.isEmpty }, "\(name), \(conversation)")
          divided += 1
        } catch PromptError.template(let file, .raised) {
          #expect(expected == nil && file == "model/\(name)", "\(name), \(conversation)")
        } catch {
          #expect(expected != nil, "\(name), \(conversation): \(error)")
          undivided += 1
        }
      }
    }
    #expect(divided > 120 && undivided < 12, "\(divided) divided, \(undivided) not")
  }

  @Test func `Every turn's words are in its own region`() throws {
    let turns = [
      Turn(role: "system", text: "Apricot."), Turn(role: "user", text: "Banana"),
      Turn(role: "assistant", text: "Cherry"),
      Turn(role: "user", text: "Damson"), Turn(role: "assistant", text: "Elder"), Turn(role: "persona", text: "Fig"),
    ]
    for name in try families.names where !["gemma-strict", "mistral"].contains(name) {
      let sections = try families.template(name).sections(turns, separator: "<sep>")
      #expect(sections.map(\.region) == turns.map(\.role), "\(name)")
      for (section, turn) in zip(sections, turns) {
        #expect(section.text.contains(turn.text), "\(name): \(section)")
        for other in turns where other != turn { #expect(!section.text.contains(other.text), "\(name): \(section)") }
      }
      #expect(sections.last?.text.begins(with: "<sep>Fig") == true, "\(name)")
    }
  }

  @Test func `Marks belong to the turn that they open or close`() throws {
    #expect(
      try lines("chatml", whole) == [
        "system: <|im_start|>system\nBe kind.<|im_end|>\n", "user: <|im_start|>user\nHi<|im_end|>\n",
        "assistant: <|im_start|>assistant\nHello!", "persona: <sep>All is well.<|im_end|>\n",
      ])
    #expect(
      try lines("phi3", whole) == [
        "system: <|system|>\nBe kind.<|end|>\n", "user: <|user|>\nHi<|end|>\n", "assistant: <|assistant|>\nHello!",
        "persona: <sep>All is well.<|end|>\n</s>",
      ])
    #expect(
      try lines("llama2", whole) == [
        "system: <s>[INST] <<SYS>>\nBe kind.", "user: \n<</SYS>>\n\nHi [/INST]", "assistant:  Hello!",
        "persona: <sep>All is well. </s>",
      ])
    #expect(
      try lines("mistral", Array(whole.dropFirst())) == [
        "user: <s>[INST] Hi[/INST]", "assistant:  Hello!", "persona: <sep>All is well.</s>",
      ])
  }

  @Test func `A system prompt that the template writes on its own is a section`() throws {
    let asked = Array(whole.dropFirst())
    #expect(
      try lines("chatml-default-system", asked).prefix(2) == [
        "system: <|im_start|>system\nYou answer questions.<|im_end|>\n", "user: <|im_start|>user\nHi<|im_end|>\n",
      ])
    #expect(
      try lines("chatml-default-system", whole).prefix(2) == [
        "system: <|im_start|>system\nBe kind.<|im_end|>\n", "user: <|im_start|>user\nHi<|im_end|>\n",
      ])
    #expect(
      try lines("llama3-dated", asked).prefix(2) == [
        "system: <s><|start_header_id|>system<|end_header_id|>\n\nToday is 1 May 2025.\n\n<|eot_id|>",
        "user: <|start_header_id|>user<|end_header_id|>\n\nHi<|eot_id|>",
      ])
    #expect(
      try lines("granite", asked)[0]
        == "system: <|start_of_role|>system<|end_of_role|>You were made in a test.<|end_of_text|>\n")
    #expect(
      try lines("command-r", asked)[0] == "system: <s><|TURN|><|SYSTEM|># Rules\nHelp with all that is asked.<|END|>")
    #expect(try lines("vicuna", asked).prefix(2) == ["system: A chat of two. ", "user: USER: Hi "])
    for name in ["chatml", "llama3", "gemma-merged", "phi3", "zephyr", "qwen3", "deepseek"] {
      #expect(try lines(name, asked)[0].begins(with: "user: "), "\(name) has none")
    }
  }

  @Test func `Turns are found where the text of some is not the beginning of the text of all`() throws {
    let thoughts = try #require(try families.conversations.first { $0.name == "thoughts" }).turns
    #expect(
      try lines("qwen3", thoughts) == [
        "user: <|im_start|>user\nHi<|im_end|>\n", "assistant: <|im_start|>assistant\nHello!<|im_end|>\n",
        "user: <|im_start|>user\nBye<|im_end|>\n",
        "assistant: <|im_start|>assistant\n<think>\nIt ends.\n</think>\n\nBye!<|im_end|>\n",
      ])
    #expect(
      try lines("qwen3", thoughts.map { $0.role == "user" ? $0 : Turn(role: $0.role, text: "Well.") })[1]
        == "assistant: <|im_start|>assistant\nWell.<|im_end|>\n")
    // Mistral's system prompt stands in the last user's turn.
    let asked = [whole[0], whole[1], whole[2], Turn(role: "user", text: "Bye")]
    #expect(
      try lines("mistral", asked) == [
        "user: <s>[INST] Hi[/INST]", "assistant:  Hello!</s>", "system: [INST] Be kind.", "user: \n\nBye[/INST]",
      ])
  }

  @Test func `The same words in all turns do not mislead`() throws {
    let turns = try #require(try families.conversations.first { $0.name == "same words" }).turns
    #expect(
      try lines("chatml", turns) == [
        "system: <|im_start|>system\nuser<|im_end|>\n", "user: <|im_start|>user\nuser<|im_end|>\n",
        "assistant: <|im_start|>assistant\nuser<|im_end|>\n", "user: <|im_start|>user\nuser<|im_end|>\n",
      ])
  }

  @Test func `A known template is recognised by what it renders`() throws {
    for (name, bos, known, addsLineBreak) in [
      ("chatml", "", ChatTemplate.chatml, true), ("llama3", "", .llama3, false),
      ("gemma-strict", "<bos>", .gemma, true),
      ("gemma-merged", "<bos>", .gemma, true),
    ] {
      let template = try families.template(name, bos: bos)
      #expect(template.known == known && template.addsLineBreak == addsLineBreak, "\(name)")
      let turns = name == "gemma-strict" ? Array(whole.dropFirst()) : whole
      var expected = known.sections(turns, separator: "<sep>")
      if addsLineBreak { expected[expected.count - 1].text += "\n" }
      #expect(try template.sections(turns, separator: "<sep>") == expected, "\(name)")
    }
    for name in try families.names where !["chatml", "llama3", "gemma-strict", "gemma-merged"].contains(name) {
      #expect(try families.template(name).known == nil, "\(name)")
    }
    #expect(try families.template("gemma-merged", bos: "<s>").known == nil, "another beginning")
  }

  @Test func `Personas speak in the assistant's turn, several one after the other`() throws {
    #expect(
      try lines("chatml", [whole[1], whole[3]]) == [
        "user: <|im_start|>user\nHi<|im_end|>\n", "assistant: <|im_start|>assistant\n",
        "persona: <sep>All is well.<|im_end|>\n",
      ])
    #expect(
      try lines("llama3", [whole[1], whole[2], whole[3], whole[3], whole[1]]).dropFirst() == [
        "assistant: <|start_header_id|>assistant<|end_header_id|>\n\nHello!", "persona: <sep>All is well.",
        "persona: <sep>All is well.<|eot_id|>", "user: <|start_header_id|>user<|end_header_id|>\n\nHi<|eot_id|>",
      ])
    #expect(try families.template("chatml").sections([]).isEmpty)
  }

  @Test func `What cannot be used is told with file, line and construct`() throws {
    let message = { (source: String, turns: [Conversation.Turn]) -> String in
      do {
        let template = try ModelTemplate(source, file: "m/tokenizer_config.json")
        return "\(try template.sections(turns))"
      } catch { return "\(error)" }
    }
    let day = "{% for m in messages %}\n{{ m.content }}{{ strftime_now('%d') }}{% endfor %}"
    #expect(
      message(day, whole).hasPrefix("m/tokenizer_config.json: chat_template: line 2: the template writes the day"))
    #expect(message("{% include 'a' %}", whole).contains("line 1: the tag {% include %} is not supported"))
    let refusing = "{{ raise_exception('alternate!') }}"
    #expect(message(refusing, whole).contains("line 1: the template refuses the conversation: alternate!"))
    let deaf = "{% for m in messages %}{% if m.role != 'system' %}<{{ m.content }}>{% endif %}{% endfor %}"
    let mute = "{% for m in messages %}{% if m.role != 'assistant' %}<{{ m.content }}>{% endif %}{% endfor %}"
    #expect(
      message(mute, whole).contains(
        "chat_template writes nothing of what assistant says in turn 3. Leave the turn out, or"))
    let counted = "{% for m in messages %}{{ m.content }}{{ m.content | length }}{{ m.content | upper }}{% endfor %}"
    #expect(message(counted, whole).contains("where turn 1 (system) begins and ends cannot be told"))
    #expect(message("{{ messages | length }}", whole).contains("writes nothing of what assistant says in turn 3"))
    // As apply_chat_template leaves a turn out, so is it here; no persona speaks in it.
    let deafTemplate = try ModelTemplate(deaf, file: "m")
    #expect(try deafTemplate.sections(Array(whole.prefix(2))).map(\.region) == ["user"])
    #expect(
      deafTemplate.unwritten(in: Conversation(id: "", turns: Array(whole.prefix(2)))) == ["what system says in turn 1"])
    let twice = try ModelTemplate("{% for m in messages %}[{{ m.content }}|{{ m.content }}]{% endfor %}", file: "m")
    #expect(try twice.sections(Array(whole.prefix(2))).map(\.region) == ["system", "user"])
  }
}
