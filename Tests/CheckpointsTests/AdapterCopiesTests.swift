import Architectures
import Foundation
import StrictJSON
import Testing

@testable import Checkpoints

/// What PEFT saves a second time after a resize of the vocabulary, or with `bias="all"`, changes nothing.
struct AdapterCopiesTests {
  private static let prefix = "base_model.model."
  private let weights = "adapter_model.safetensors"

  /// An adapter with copies of what it saved and of the base's own, and the model that it is of.
  private func withCopies(
    _ adapter: String, base: String, _ change: (inout RawTensors) -> Void = { _ in }
  ) throws -> (adapter: ScratchFolder, model: Model) {
    let scratch = try ScratchFolder(copying: Samples.adapter(adapter))
    let original = try RawTensors(
      Data(contentsOf: Samples.base(base).appendingPathComponent("model.safetensors")))
    let table = original.entries["model.embed_tokens.weight"]
    try scratch.rewrite(weights) { tensors in
      for (name, tensor) in tensors.entries {
        guard let path = name.rest(after: Self.prefix) else { continue }
        if let module = path.rest(before: ".token_adapter.trainable_tokens_delta") {
          tensors.entries["\(Self.prefix)\(module).token_adapter.base_layer.weight"] =
            original.entries["\(module).weight"] ?? table
          if base == "tied" {
            tensors.entries["\(Self.prefix)lm_head.token_adapter.trainable_tokens_delta"] = tensor
            tensors.entries["\(Self.prefix)lm_head.token_adapter.base_layer.weight"] = table
          }
        }
        for part in ["weight", "bias"] {
          guard let module = path.rest(before: ".\(part)") else { continue }
          // Of a module that was saved as a part of another.
          let outer = module.components.dropLast() + ["modules_to_save.default"] + module.components.suffix(1)
          tensors.entries["\(Self.prefix)\(module).modules_to_save.\(part)"] = tensor
          tensors.entries["\(Self.prefix)\(outer.joined(separator: ".")).\(part)"] = tensor
          tensors.entries["\(Self.prefix)\(module).original_module.\(part)"] = original.entries[path]
        }
      }
      change(&tensors)
    }
    return (scratch, try Model(folder: Samples.base(base)))
  }

  @Test(arguments: [("saved-modules", "llama"), ("saved-tied", "tied"), ("tokens", "llama"), ("tokens-tied", "tied")])
  func `Copies change nothing`(adapter: String, base: String) throws {
    let (scratch, model) = try withCopies(adapter, base: base)
    let plain = try Adaptation.open(folder: Samples.adapter(adapter), base: model)
    let found = try Adaptation.open(folder: scratch.url, base: model)
    #expect(try !found.changes(of: model.description).isEmpty)
    #expect(try found.changes(of: model.description) == plain.changes(of: model.description))
  }

  @Test(arguments: [
    ("saved-modules", "llama", "lm_head.original_module.weight"),
    ("tokens", "llama", "model.embed_tokens.token_adapter.base_layer.weight"),
    ("tokens-tied", "tied", "lm_head.token_adapter.base_layer.weight"),
  ])
  func `A copy of another base is refused`(adapter: String, base: String, name: String) throws {
    let (scratch, model) = try withCopies(adapter, base: base) { tensors in
      let size = tensors.entries[Self.prefix + name]?.shape ?? []
      tensors.set(Self.prefix + name, shape: size, .init(repeating: 0.5, count: size.reduce(1, *)))
    }
    let message = message { _ = try Adaptation.open(folder: scratch.url, base: model) }
    #expect(message.contains("tensor \(Self.prefix)\(name): it is PEFT's copy of "), "\(message)")
  }

  @Test func `A tied head with rows of its own keeps them`() throws {
    let (scratch, model) = try withCopies("tokens-tied", base: "tied") { tensors in
      tensors.set(
        "\(Self.prefix)lm_head.token_adapter.trainable_tokens_delta", shape: [2, columns(of: tensors)],
        .init(repeating: 0.5, count: 2 * columns(of: tensors)))
    }
    let message = message { _ = try Adaptation.open(folder: scratch.url, base: model) }
    #expect(message.contains("trainable_token_indices does not name its module"), "\(message)")
  }

  private func columns(of tensors: RawTensors) -> Int {
    tensors.entries["\(Self.prefix)model.embed_tokens.token_adapter.trainable_tokens_delta"]?.shape.last ?? 0
  }
}
