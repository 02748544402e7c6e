import Checkpoints
import Foundation

@testable import LeibnizTesting

/// Opens a tiny Llama-shaped model that is written for the occasion.
/// - Parameters:
///   - extra: Further tensors, outside the model itself, for operations that read by name.
///   - edit: Changes config.json.
func withTinyModel<Result>(
  _ options: TinyPair.Options = TinyPair.Options(), extra: [TinyTensor] = [], edit: (String) -> String = { $0 },
  _ body: (Model) throws -> Result
) throws -> Result {
  let folder = FileManager.default.temporaryDirectory.appending(path: "leibniz-\(UUID().uuidString)")
  defer { try? FileManager.default.removeItem(at: folder) }
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  var random = SeededRandom(seed: options.seed)
  try edit(String(decoding: options.modelConfiguration, as: UTF8.self))
    .write(to: folder.appending(path: "config.json"), atomically: false, encoding: .utf8)
  try (options.baseWeights(&random) + extra).safetensors.write(to: folder.appending(path: "model.safetensors"))
  return try body(Model(folder: folder))
}

extension TinyPair.Options {
  /// Two layers of four heads of width 6 over two key-value heads: no width is a multiple of 8.
  static var narrow: Self {
    var options = Self()
    (options.layers, options.heads, options.keyValueHeads, options.headDimension) = (2, 4, 2, 6)
    options.vocabulary = 29
    return options
  }
}

/// A configuration whose queries see themselves and so many keys less one before.
func windowed(_ window: Int) -> (String) -> String {
  {
    $0.replacing("\"llama\"", with: "\"mistral\"")
      .replacing("\"rms_norm_eps\"", with: "\"sliding_window\": \(window), \"rms_norm_eps\"")
  }
}
