import Checkpoints
import Foundation
import Testing

/// `leibniz inspect`: what a folder is, and all that is wrong with it.
struct InspectionTests {
  private func facts(_ inspection: FolderInspection) -> [String: String] {
    Dictionary(uniqueKeysWithValues: inspection.facts.map { ($0.name, $0.value) })
  }

  @Test func model() throws {
    let inspection = try FolderInspection(folder: Samples.base("llama"))
    let facts = facts(inspection)
    #expect(inspection.kind == "model" && inspection.problems.isEmpty)
    let model = try Model(folder: Samples.base("llama"))
    #expect(abs(Double(4 * model.parameters) / 1000 - 5.5) < 0.05)
    let expected = [
      "family": "llama", "layers": "2", "heads": "2", "key-value heads": "1", "head dimension": "4", "hidden size": "8",
      "vocabulary": "16", "positions": "32", "dtype": "F32", "parameters": "\(model.parameters)", "size": "5.5 kB",
      "fingerprint": model.fingerprint,
    ]
    for (name, value) in expected { #expect(facts[name] == value, "\(name): \(facts[name] ?? "")") }
  }

  @Test func adapter() throws {
    let inspection = try FolderInspection(folder: Samples.adapter("activated"))
    let facts = facts(inspection)
    #expect(inspection.kind == "adapter" && inspection.problems.isEmpty)
    let expected = [
      "type": "LORA", "rank": "2", "alpha": "8.0", "scaling": "4.0", "targets": "q_proj, v_proj", "DoRA": "no",
      "saved modules": "none", "saved biases": "none", "invocation tokens": "[4, 7]", "dtype": "F32",
    ]
    for (name, value) in expected { #expect(facts[name] == value, "\(name): \(facts[name] ?? "")") }
    let other = try FolderInspection(folder: Samples.adapter("patterns"))
    #expect(self.facts(other)["scaling"]?.hasSuffix("(rank-stabilised)") == true)
    #expect(
      try self.facts(FolderInspection(folder: Samples.adapter("regular-expression")))["targets"]?.hasPrefix("model")
        == true)
  }

  @Test func problemsOfAModelAreCollected() throws {
    let scratch = try ScratchFolder(copying: Samples.base("llama"))
    try scratch.rewrite("model.safetensors") { tensors in
      tensors.entries["model.norm.weight"] = nil
      tensors.set("model.layers.0.mlp.up_proj.weight", shape: [1], [0])
      tensors.set("model.layers.0.mlp.up_proj.qweight", shape: [1], [0])
      tensors.entries["lm_head.weight"]?.type = "I32"
    }
    let inspection = try FolderInspection(folder: scratch.url)
    #expect(inspection.problems.count == 4, "\(inspection.problems)")
    for text in ["model.norm.weight of shape [8] is missing", "has shape [1]", "qweight", "stored as I32"] {
      #expect(inspection.problems.contains { $0.contains(text) })
    }
    #expect(facts(inspection)["layers"] == "2")
  }

  @Test func unsupportedModelsStillSayWhatTheyAre() throws {
    let scratch = try ScratchFolder(copying: Samples.base("llama"))
    try scratch.set(["model_type": "mamba"], in: "config.json")
    let inspection = try FolderInspection(folder: scratch.url)
    #expect(facts(inspection)["family"] == "mamba" && facts(inspection)["dtype"] == "F32")
    #expect(inspection.problems.count == 1 && inspection.problems[0].contains("\"mamba\" is not supported"))
  }

  @Test func problemsOfAnAdapterAreCollected() throws {
    let scratch = try ScratchFolder(copying: Samples.adapter("layers"))
    try scratch.set(
      ["use_qalora": true, "layer_replication": [[0, 1]], "init_lora_weights": "loftq", "r": 0],
      in: "adapter_config.json")
    try FileManager.default.removeItem(at: scratch.file("adapter_model.safetensors"))
    let inspection = try FolderInspection(folder: scratch.url)
    for text in ["use_qalora", "layer_replication", "\"loftq\"", "r: 0 lies outside", "adapter_model.safetensors"] {
      #expect(inspection.problems.contains { $0.contains(text) }, "\(text)")
    }
    #expect(inspection.problems.count == 5)
    try scratch.set(["peft_type": "IA3"], in: "adapter_config.json")
    #expect(
      try FolderInspection(folder: scratch.url).problems.contains { $0.contains("IA3 adapters are not supported") })
  }

  @Test func neither() throws {
    let scratch = try ScratchFolder()
    #expect(
      message { _ = try FolderInspection(folder: scratch.url) }
        .hasPrefix("sample: there is no config.json or adapter_config.json."))
    try Data("[".utf8).write(to: scratch.file("config.json"))
    #expect(message { _ = try FolderInspection(folder: scratch.url) }.contains("not valid JSON"))
  }
}
