import Architectures
import Foundation
import Safetensors
import StrictJSON

/// What a folder is, for people: a model or an adapter, its sizes, and what of it is not supported.
public struct FolderInspection: Sendable, Equatable {
  /// "model" or "adapter".
  public var kind: String
  /// Facts as name and value, in a fixed order.
  public var facts: [(name: String, value: String)]
  /// Why it cannot be analysed; empty when it can.
  public var problems: [String]

  /// Looks at a folder.
  /// - Throws: ``CheckpointError`` when it is neither a model nor an adapter.
  public init(folder: URL) throws(CheckpointError) {
    let files = FileManager.default
    if files.fileExists(atPath: folder.appendingPathComponent("adapter_config.json").path) {
      try self.init(adapter: folder)
    } else if files.fileExists(atPath: folder.appendingPathComponent("config.json").path) {
      try self.init(model: folder)
    } else {
      throw .missingFile(
        folder: folder.lastPathComponent, file: "config.json or adapter_config.json",
        advice: "Give the folder of a HuggingFace model or of a PEFT adapter.")
    }
  }

  private init(model folder: URL) throws(CheckpointError) {
    kind = "model"
    facts = []
    problems = []
    do throws(CheckpointError) {
      let model = try Model(folder: folder)
      let description = model.description
      if let attention = description.layers.first?.attention {
        facts = [
          ("family", description.family), ("layers", "\(description.layers.count)"),
          ("heads", "\(attention.queryHeads)"), ("key-value heads", "\(attention.keyValueHeads)"),
          ("head dimension", "\(attention.headDimension)"), ("hidden size", "\(description.hiddenSize)"),
          ("vocabulary", "\(description.vocabularySize)"), ("dtype", model.storedType),
          ("parameters", "\(model.parameters)"), ("fingerprint", model.fingerprint),
        ]
      }
    } catch {
      let reader = try JSONReader.opening(folder.appendingPathComponent("config.json"))
      facts = [("family", (try? reader.optionalString("model_type")) ?? "not stated")]
      problems = [error.description]
    }
  }

  private init(adapter folder: URL) throws(CheckpointError) {
    kind = "adapter"
    problems = []
    let url = folder.appendingPathComponent("adapter_config.json")
    let reader = try JSONReader.opening(url)
    facts = [("type", (try? reader.optionalString("peft_type")) ?? "not stated")]
    do throws(CheckpointError) {
      let configuration = try AdapterConfiguration(reader)
      facts += [
        ("rank", "\(configuration.rank)"), ("alpha", "\(configuration.alpha)"),
        ("scaling", "\(configuration.scale(of: ""))"), ("rank-stabilised", configuration.usesRankStabilization ? "yes" : "no"),
        ("DoRA", configuration.usesDoRA ? "yes" : "no"), ("targets", Self.targets(reader)),
        ("saved modules", configuration.modulesToSave.isEmpty ? "none" : configuration.modulesToSave.joined(separator: ", ")),
        ("saved biases", configuration.biasMode.rawValue),
        ("invocation tokens", configuration.invocationTokens.map { "\($0)" } ?? "none (active everywhere)"),
      ]
      let tensors = try TensorFolder(folder: folder, files: ["adapter_model.safetensors"])
      facts += [
        ("tensors", "\(tensors.tensors.count)"),
        ("parameters", "\(tensors.tensors.values.reduce(0) { $0 + $1.count })"),
      ]
    } catch { problems = [error.description] }
  }

  private static func targets(_ reader: JSONReader) -> String {
    switch reader["target_modules"] {
    case .string(let text): text
    case .array(let names):
      names.compactMap { if case .string(let name) = $0 { name } else { nil } }.sorted().joined(separator: ", ")
    default: "not stated"
    }
  }

  /// Whether both say the same.
  public static func == (left: FolderInspection, right: FolderInspection) -> Bool {
    left.kind == right.kind && left.problems == right.problems
      && left.facts.elementsEqual(right.facts) { $0 == $1 }
  }
}
