import Foundation
import PairFixtures
import Testing

@testable import LeibnizTesting

/// A way in which the inputs can be wrong, and what the message has to name.
struct WrongInput: Sendable, CustomStringConvertible {
  var description: String
  /// Pieces of the message: the file, what was found.
  var names: [String]
  /// Further arguments.
  var arguments: [String] = []
  /// Breaks a pair that was right.
  var spoil: @Sendable (TinyPair) throws -> Void

  static let all = folders + configurations + weights + adapters + prompts

  static let folders = [
    WrongInput(description: "missing base", names: ["base: there is no such folder"]) {
      try FileManager.default.removeItem(at: $0.base)
    },
    WrongInput(description: "missing adapter", names: ["adapter: there is no such folder"]) {
      try FileManager.default.removeItem(at: $0.adapter)
    },
    WrongInput(
      description: "neither adapter nor model", names: ["adapter: there is no adapter_config.json or config.json"]
    ) {
      try FileManager.default.removeItem(at: $0.adapterConfiguration)
    },
    WrongInput(description: "an adapter for a base", names: ["base: there is no config.json. It is a PEFT adapter's"]) {
      try FileManager.default.removeItem(at: $0.configuration)
      try FileManager.default.copyItem(
        at: $0.adapterConfiguration, to: $0.base.appending(path: "adapter_config.json"))
    },
    WrongInput(description: "two checkpoints, the second spoiled", names: ["adapter/config.json: hidden_size"]) {
      try FileManager.default.removeItem(at: $0.adapter)
      try FileManager.default.copyItem(at: $0.base, to: $0.adapter)
      try edit($0.adapter.appending(path: "config.json"), "\"hidden_size\": 32", "\"hidden_size\": \"32\"")
    },
    WrongInput(
      description: "two checkpoints, the second's weights spoiled", names: ["adapter/model.safetensors: ", "truncated"]
    ) {
      try FileManager.default.removeItem(at: $0.adapter)
      try FileManager.default.copyItem(at: $0.base, to: $0.adapter)
      try Data(contentsOf: $0.weights).prefix(5000).write(to: $0.adapter.appending(path: "model.safetensors"))
    },
    WrongInput(description: "missing prompts", names: ["prompts.jsonl", "cannot be read"]) {
      try FileManager.default.removeItem(at: $0.prompts)
    },
    WrongInput(description: "a folder for prompts", names: ["prompts.jsonl", "cannot be read"]) {
      try FileManager.default.removeItem(at: $0.prompts)
      try FileManager.default.createDirectory(at: $0.prompts, withIntermediateDirectories: true)
    },
    WrongInput(description: "PyTorch pickles only", names: ["base", "model.safetensors", "save_pretrained"]) {
      try FileManager.default.moveItem(at: $0.weights, to: $0.base.appending(path: "pytorch_model.bin"))
    },
    WrongInput(
      description: "an index that leaves the folder", names: ["model.safetensors.index.json", "plain name"]
    ) {
      try FileManager.default.moveItem(at: $0.weights, to: $0.base.appending(path: "../model.safetensors"))
      try Data(#"{"weight_map": {"model.norm.weight": "../model.safetensors"}}"#.utf8)
        .write(to: $0.base.appending(path: "model.safetensors.index.json"))
    },
    WrongInput(description: "a missing shard", names: ["model-00001-of-00002.safetensors"]) {
      try FileManager.default.removeItem(at: $0.weights)
      try Data(#"{"weight_map": {"model.norm.weight": "model-00001-of-00002.safetensors"}}"#.utf8)
        .write(to: $0.base.appending(path: "model.safetensors.index.json"))
    },
  ]

  static let configurations = [
    WrongInput(description: "bad JSON", names: ["base/config.json: not valid JSON"]) {
      try edit($0.configuration, "\"head_dim\":", "\"head_dim\"")
    },
    WrongInput(description: "a duplicate name", names: ["config.json", "head_dim"]) {
      try edit($0.configuration, "\"head_dim\": 8,", "\"head_dim\": 8, \"head_dim\": 8,")
    },
    WrongInput(description: "an unknown model type", names: ["config.json", "mamba"]) {
      try edit($0.configuration, "\"llama\"", "\"mamba\"")
    },
    WrongInput(description: "an unknown rope type", names: ["config.json", "spiral"]) {
      try edit(
        $0.configuration, "\"rope_theta\"", "\"rope_scaling\": {\"rope_type\": \"spiral\"}, \"rope_theta\"")
    },
    WrongInput(description: "no heads", names: ["config.json", "num_attention_heads"]) {
      try edit($0.configuration, "\"num_attention_heads\": 4", "\"num_attention_heads\": 0")
    },
    WrongInput(description: "an absurd size", names: ["config.json", "hidden_size"]) {
      try edit($0.configuration, "\"hidden_size\": 32", "\"hidden_size\": 9223372036854775807")
    },
    WrongInput(description: "more layers than can be", names: ["config.json", "num_hidden_layers"]) {
      try edit($0.configuration, "\"num_hidden_layers\": 3", "\"num_hidden_layers\": 4000000000")
    },
    WrongInput(description: "a size that the tensors contradict", names: ["model.safetensors", "65"]) {
      try edit($0.configuration, "\"intermediate_size\": 64", "\"intermediate_size\": 65")
    },
    WrongInput(description: "a layer more than there are tensors", names: ["base", "model.layers.3."]) {
      try edit($0.configuration, "\"num_hidden_layers\": 3", "\"num_hidden_layers\": 4")
    },
  ]

  static let weights = [
    WrongInput(description: "truncated weights", names: ["base/model.safetensors: ", "truncated"]) {
      let data = try Data(contentsOf: $0.weights)
      try data.prefix(data.count / 2).write(to: $0.weights)
    },
    WrongInput(description: "weights of five bytes", names: ["model.safetensors", "5 bytes"]) {
      try Data([1, 2, 3, 4, 5]).write(to: $0.weights)
    },
    WrongInput(description: "a header longer than the file", names: ["model.safetensors", "header"]) {
      var data = try Data(contentsOf: $0.weights)
      data.replaceSubrange(0..<8, with: repeatElement(0xFF, count: 8))
      try data.write(to: $0.weights)
    },
    WrongInput(description: "an unsupported type", names: ["model.safetensors", "I32"]) {
      try replaceFirst("\"F32\"", "\"I32\"", in: $0.weights)
    },
    WrongInput(description: "a missing tensor", names: ["model.norm.weight"]) {
      try replaceFirst("\"model.norm.weight\"", "\"model.form.weight\"", in: $0.weights)
    },
    WrongInput(description: "a NaN", names: ["model.safetensors", "NaN"]) {
      var data = try Data(contentsOf: $0.weights)
      data.replaceSubrange(data.count - 4..<data.count, with: repeatElement(0xFF, count: 4))
      try data.write(to: $0.weights)
    },
  ]

  static let adapters = [
    WrongInput(description: "an adapter that overflows", names: ["not finite", "attention[0].divergence", "scaling"]) {
      try $0.scaleAdapter(1e30)
    },
    WrongInput(description: "an adapter for another model", names: ["adapter_model.safetensors", "[2, 32]"]) {
      pair in
      var options = TinyPair.Options()
      options.headDimension = 16
      try pair.replaceAdapter(options)
    },
    WrongInput(description: "an adapter with more layers", names: ["adapter_model.safetensors", "layers.3."]) { pair in
      var options = TinyPair.Options()
      options.layers = 4
      try pair.replaceAdapter(options)
    },
    WrongInput(description: "an unknown key", names: ["adapter_config.json", "frobnicate"]) {
      try edit($0.adapterConfiguration, "\"bias\"", "\"frobnicate\": true, \"bias\"")
    },
    WrongInput(description: "an unknown PEFT type", names: ["adapter/adapter_config.json: ", "IA3"]) {
      try edit($0.adapterConfiguration, "\"LORA\"", "\"IA3\"")
    },
    WrongInput(
      description: "a rank that the tensors contradict", names: ["adapter_model.safetensors", "[3, 32]"]
    ) {
      try edit($0.adapterConfiguration, "\"r\": 2", "\"r\": 3")
    },
    WrongInput(description: "a target without tensors", names: ["lm_head"]) {
      try edit($0.adapterConfiguration, "\"q_proj\"", "\"q_proj\", \"lm_head\"")
    },
    WrongInput(
      description: "DoRA under a mask", names: ["adapter", "DoRA", "--own-mask none"],
      arguments: ["--mask", "after"]
    ) {
      try $0.turnIntoDoRA()
    },
    WrongInput(description: "DoRA under a prompt's mask", names: ["adapter", "DoRA", "--own-mask none"]) { pair in
      try pair.turnIntoDoRA()
      try pair.rewritePrompts { line in line.mask = line.tokens.indices.map { $0 < 3 ? 0 : 1 } }
    },
  ]

  static let prompts = [
    WrongInput(description: "no prompts", names: ["prompts.jsonl", "no prompt"]) {
      try Data("\n\n".utf8).write(to: $0.prompts)
    },
    line("a malformed line", "{\"input_ids\": [1, 2", ["not valid JSON"]),
    line("a line that is no object", "[1, 2, 3]", ["object"]),
    line(
      "a token outside the vocabulary", #"{"input_ids": [1, 32], "separator": 1}"#,
      ["token 32", "vocabulary of 32"]),
    line("a negative token", #"{"input_ids": [1, -1], "separator": 1}"#, ["token -1"]),
    line("no tokens", #"{"input_ids": [], "separator": 0}"#, ["no tokens"]),
    line(
      "a separator outside the prompt", #"{"input_ids": [1, 2], "separator": 2}"#,
      ["separator 2", "2 tokens"]),
    line("neither separator nor regions", #"{"input_ids": [1, 2]}"#, ["--separator"]),
    line(
      "overlapping regions",
      #"{"input_ids": [1, 2, 3], "regions": [{"name": "a", "start": 0, "end": 2}, {"name": "b", "start": 1, "end": 3}]}"#,
      ["a and b overlap"]),
    line(
      "a region outside the prompt",
      #"{"input_ids": [1, 2], "regions": [{"name": "a", "start": 0, "end": 9223372036854775807}]}"#,
      ["region a"]),
    line("a mask of another length", #"{"input_ids": [1, 2], "separator": 1, "mask": [1]}"#, ["mask"]),
    line("a mask outside 0 to 1", #"{"input_ids": [1, 2], "separator": 1, "mask": [0, 1.5]}"#, ["mask"]),
    line("text without a tokenizer", #"{"text": "two words", "separator": 1}"#, ["tokenizer"]),
    WrongInput(
      description: "the mask after without a separator", names: ["line 1", "separator", "--own-mask"],
      arguments: ["--mask", "after", "--separator", "none"]
    ) { try Data(#"{"input_ids": [1, 2]}"#.utf8).write(to: $0.prompts) },
  ]

  /// A wrong third line; the message has to give its number.
  private static func line(_ description: String, _ text: String, _ names: [String]) -> WrongInput {
    WrongInput(description: description, names: ["prompts.jsonl", "line 3"] + names) { pair in
      var lines = try String(contentsOf: pair.prompts, encoding: .utf8).split(separator: "\n").map(
        String.init)
      lines.insert(text, at: 2)
      try lines.joined(separator: "\n").write(to: pair.prompts, atomically: false, encoding: .utf8)
    }
  }
}

extension TinyPair {
  fileprivate var configuration: URL { base.appending(path: "config.json") }
  fileprivate var adapterConfiguration: URL { adapter.appending(path: "adapter_config.json") }

  /// Puts the adapter of another pair in this one's place.
  fileprivate func replaceAdapter(_ options: Options) throws {
    try withTinyPair(options) { other in
      try FileManager.default.removeItem(at: adapter)
      try FileManager.default.copyItem(at: other.adapter, to: adapter)
    }
  }

  /// Makes the adapter a DoRA with magnitudes of 1.
  fileprivate func turnIntoDoRA() throws {
    let options = TinyPair.Options()
    var random = SeededRandom(seed: 3)
    var tensors = options.adapterWeights(&random)
    for tensor in tensors where tensor.name.hasSuffix("lora_B.weight") {
      let name = tensor.name.replacing("lora_B.weight", with: "lora_magnitude_vector")
      let outputs = tensor.shape[0]
      tensors.append(TinyTensor(name: name, shape: [outputs], values: Array(repeating: 1, count: outputs)))
    }
    try tensors.safetensors.write(to: adapterWeights)
    try edit(adapterConfiguration, "\"bias\"", "\"use_dora\": true, \"bias\"")
  }
}

/// Replaces the first occurrence of a text by another of the same length in a file of bytes.
private func replaceFirst(_ old: String, _ new: String, in file: URL) throws {
  var data = try Data(contentsOf: file)
  let range = try #require(data.firstRange(of: Data(old.utf8)))
  data.replaceSubrange(range, with: Data(new.utf8))
  try data.write(to: file)
}
