import ArgumentParser
import Checkpoints
import Files
import Foundation
import StrictJSON

/// A model's or adapter's folder as it stands on the command line: a path, or a name on the hub that the HuggingFace cache has.
func modelFolder(_ argument: String) throws(CheckpointError) -> URL { try HubCache().folder(named: argument) }

/// The models that a command compares, as they stand on the command line. An adapter that stands there alone is compared with the base
/// that its configuration names.
struct ModelArguments: ParsableArguments {
  /// What the first argument is, for its help.
  static let baseHelp: ArgumentHelp = """
    The base model's folder, or its name on the hub (HuggingFaceTB/SmolLM2-135M, @ and a revision behind it) where the local \
    HuggingFace cache has it; may be left out before one adapter whose configuration names it.
    """

  @Argument(help: baseHelp, completion: .directory)
  var base: String

  @Argument(
    help: "The folders, or names on the hub, of one or more adapters or adapted models.", completion: .directory)
  var adapted: [String] = []

  func validate() throws {
    if adapted.isEmpty, (try? BaseOfAdapter(base)) == nil {
      throw ValidationError("Missing expected argument '<adapted> ...'")
    }
  }

  /// The folders.
  /// - Throws: ``CheckpointError`` and ``WrongInput``, which say what is not there.
  func folders() throws -> (base: URL, adapted: [URL]) {
    if adapted.isEmpty {
      let found = try BaseOfAdapter(base)
      return (try found.base(), [found.adapter])
    }
    return (try modelFolder(base), try adapted.map(modelFolder))
  }
}

/// An adapter, and the base that its configuration names.
struct BaseOfAdapter {
  /// The adapter's folder.
  let adapter: URL
  private let name: String?
  private let revision: String?

  /// - Throws: ``WrongInput`` for a folder that holds no adapter's configuration.
  init(_ argument: String) throws {
    adapter = try modelFolder(argument)
    let file = adapter.appending(path: "adapter_config.json")
    guard let bytes = try? readFile(file, limit: JSONLimits().bytes) else {
      throw WrongInput(
        "\(argument) holds no adapter_config.json: give the base model and then what is compared with it.")
    }
    let reader = try JSONReader(file: file.relativePath, bytes: bytes)
    name = try reader.optionalString("base_model_name_or_path")
    revision = try reader.optionalString("revision")
  }

  /// The folder of the base.
  /// - Throws: ``WrongInput`` where none is named, ``CheckpointError`` where the named one is not here.
  func base() throws -> URL {
    guard let name, !name.isEmpty else {
      throw WrongInput(
        "\(adapter.relativePath)/adapter_config.json names no base (base_model_name_or_path). Give the base model before the adapter."
      )
    }
    let isPath = FileManager.default.fileExists(atPath: URL(fileURLWithPath: name).path)
    let folder = try modelFolder(isPath ? name : [name, revision].compactMap(\.self).joined(separator: "@"))
    if FileManager.default.fileExists(atPath: folder.path) { return folder }
    throw WrongInput(
      "\(adapter.relativePath)/adapter_config.json names the base \(name), and there is no such folder here. Give the base model before the adapter."
    )
  }
}
