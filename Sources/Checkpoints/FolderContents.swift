import Foundation
import StrictJSON

/// What lies in a folder in place of the weights that are missing there: whoever is told so knows what to do.
struct FolderContents {
  /// What was looked for.
  enum Purpose { case model, adapter, either }

  private let entries: [String]
  private let id: HubID?

  /// Lists a folder; one that cannot be read is empty.
  init(_ folder: URL) {
    entries = ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []).sorted()
    id = HubID(snapshot: folder)
    subfolders = entries.filter {
      FileManager.default.fileExists(
        atPath: folder.appendingPathComponent($0).appendingPathComponent("adapter_config.json").path)
    }
  }

  /// Folders in it that hold an adapter.
  private let subfolders: [String]

  private func named(_ endings: [String]) -> [String] {
    entries.filter { name in endings.contains { name.ends(with: $0) } }
  }

  /// A sentence or two: what is there instead, and how to get what is needed.
  func advice(for purpose: Purpose) -> String {
    if !subfolders.isEmpty, purpose != .model {
      return "Adapters lie in folders of it: \(subfolders.listed()). Give one of them."
    }
    let zero = entries.filter {
      $0.begins(with: "global_step") || $0.isSpelled("zero_to_fp32.py") || $0.begins(with: "zero_pp_rank")
    }
    if !zero.isEmpty {
      return """
        \(zero.listed()) are DeepSpeed ZeRO's parts of a training state, which are pickles and never read here. Gather them: python \
        zero_to_fp32.py . out --safe_serialization, or save with the trainer's save_model.
        """
    }
    if case let gguf = named([".gguf"]), !gguf.isEmpty {
      return """
        \(gguf.listed()) is llama.cpp's form of a model, mostly quantised, which is not read here. Give the HuggingFace model it was \
        made of.
        """
    }
    if entries.holds("adapters.safetensors") {
      return
        "adapters.safetensors is an adapter as MLX writes it; its adapter_config.json names no fine_tune_type or is missing."
    }
    let tensors = named([".safetensors"])
    let shards = tensors.filter { $0.removing("-of-") != $0 }
    if !shards.isEmpty { return sharded(shards, purpose) }
    if case let pickles = named([".bin", ".pt", ".pth", ".ckpt"]), !pickles.isEmpty {
      return """
        \(pickles.listed()) can run code when opened, as PyTorch's pickles do, and is never read here. Convert it: \
        \(purpose == .adapter ? "load it with PEFT" : "AutoModelForCausalLM.from_pretrained(folder)") and save_pretrained(new_folder).
        """
    }
    if case let foreign = named([".h5", ".msgpack", ".onnx", ".npz"]), !foreign.isEmpty {
      return "\(foreign.listed()) is another library's form, which is not read here. Save the model as safetensors."
    }
    if purpose == .model, !tensors.isEmpty {
      return
        "\(tensors.listed()) is there, but not under the name that transformers saves it by; rename it or save it again."
    }
    if let id { return "The HuggingFace cache has but a part of it. Fetch the rest: \(id.download)" }
    return switch purpose {
    case .model: "Give the folder that holds config.json and the weights of a HuggingFace model."
    case .adapter: "The adapter's weights are missing; download or save it again."
    case .either: "Give the folder of a PEFT adapter or of a HuggingFace model."
    }
  }

  private func sharded(_ shards: [String], _ purpose: Purpose) -> String {
    let first = "The weights are there in parts, \(shards.listed(3)), "
    return purpose == .adapter
      ? first
        + "which PEFT does not read either: load them with the library that wrote them and save the adapter as one file."
      : first
        + "but not the index that says which tensor is in which: download model.safetensors.index.json too, or save it again."
  }
}
