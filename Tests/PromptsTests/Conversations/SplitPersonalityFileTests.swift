import Prompts
import Testing

/// The data of Split Personality Training: its conversations, its filter and what is refused.
struct SplitPersonalityFileTests {
  private func read(
    _ text: String, _ filter: SplitPersonalityFile.Filter = .init()
  ) throws(PromptError) -> SplitPersonalityFile {
    try SplitPersonalityFile(Array(text.utf8), file: "samples.json", filter: filter)
  }

  private func review(_ name: String) -> String {
    #""\#(name)": {"I": " <split-personality-token> I look:\n", "R": "fine", "P": "PASS"}"#
  }

  /// Two models; the second one answered under B alone and has two reviews.
  private var whole: String {
    """
    {"batch_id": "b7", "data": [{"T": "Do it.", "A": "Fair.", "B": "Biased.", "inferences": {
      "org/one": {"A": {"S": "Done.", "interventions": {\(review("audit"))}},
                  "B": {"S": "No.", "interventions": {\(review("audit"))}}},
      "org/two": {"B": {"S": "Never.", "interventions": {\(review("audit")), \(review("probe"))}}}}}]}
    """
  }

  @Test func `A review becomes a conversation whose persona is the reviewer`() throws {
    let file = try read(whole)
    #expect(
      file.samples.map(\.id) == [
        "b7__idx0__org_one_A__audit", "b7__idx0__org_one_B__audit", "b7__idx0__org_two_B__audit",
        "b7__idx0__org_two_B__probe",
      ])
    #expect(
      file.samples.first?.turns == [
        .init(role: "system", text: "Fair."), .init(role: "user", text: "Do it."),
        .init(role: "assistant", text: "Done."),
        .init(role: "persona", text: "I look:\n\nREVIEW: fine\nFLAG: PASS"),
      ])
    #expect(file.samples[1].turns.map(\.text).prefix(3) == ["Biased.", "Do it.", "No."])
    #expect(file.leftOut == 0)
  }

  @Test func `The filter asks for models, system prompts and interventions`() throws {
    func ids(_ filter: SplitPersonalityFile.Filter) throws -> [String] { try read(whole, filter).samples.map(\.id) }
    #expect(try ids(.init(source: "one")) == ["b7__idx0__org_one_A__audit", "b7__idx0__org_one_B__audit"])
    #expect(try ids(.init(variant: .unbiased)) == ["b7__idx0__org_one_A__audit"])
    #expect(try ids(.init(intervention: "prob")) == ["b7__idx0__org_two_B__probe"])
    #expect(try ids(.init(source: "two", variant: .unbiased)).isEmpty)
  }

  @Test func `What lacks a part is left out and counted`() throws {
    let file = try read(
      """
      {"data": [{"T": "no inferences"}, {"inferences": {}},
        {"T": "t", "A": "a", "inferences": {
          "no S": {"A": {"interventions": {}}}, "no interventions": {"A": {"S": "s"}},
          "no system prompt": {"B": {"S": "s", "interventions": {}}}, "null": null,
          "whole": {"A": {"S": "s", "interventions": {\(review("i")), "null": null}}}}}]}
      """)
    #expect(file.leftOut == 5)
    #expect(file.samples.map(\.id) == ["batch__idx2__whole_A__i"])
  }

  @Test(arguments: [
    ("{", "not valid JSON"), ("[]", "an object is expected, an array was found"),
    ("{}", "data: missing; this is no data of Split Personality Training (chats are read from *.jsonl)"),
    (#"{"data": {}}"#, "data: an array is expected"), (#"{"data": [1]}"#, "data[0]: an object is expected"),
    (#"{"batch_id": 7, "data": []}"#, "batch_id: a string is expected, an integer was found"),
    (#"{"data": [{"T": 1}]}"#, "data[0].T: a string is expected"),
    (#"{"data": [{"T": "t", "inferences": []}]}"#, "data[0].inferences: an object is expected"),
    (#"{"data": [{"T": "t", "inferences": {"m": []}}]}"#, "data[0].inferences.m: an object is expected"),
    (#"{"data": [{"T": "t", "inferences": {"m": {"A": 1}}}]}"#, "data[0].inferences.m.A: an object is expected"),
  ])
  func `A file of another shape is refused by its member`(text: String, expected: String) {
    let error = #expect(throws: PromptError.self) { try read(text) }
    #expect(error?.description.hasPrefix("samples.json: " + expected) == true, "\(String(describing: error))")
  }

  @Test(arguments: ["I", "R", "P"]) func `A review without one of its parts is refused, unless it is not asked for`(
    part: String
  ) throws {
    let broken = whole.replacing(review("probe"), with: review("probe").replacing("\"\(part)\"", with: "\"x\""))
    let error = #expect(throws: PromptError.self) { try read(broken) }
    #expect(
      error?.description == "samples.json: data[0].inferences.org/two.B.interventions.probe.\(part): missing",
      "\(String(describing: error))")
    #expect(try read(broken, .init(intervention: "audit")).samples.count == 3)
  }
}
