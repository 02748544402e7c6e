import Safetensors
import StrictJSON

/// What is wrong with a model or adapter folder. Files and folders are named by
/// their paths as they were given, so that the base, the adapted model and base adapters can be told apart.
public enum CheckpointError: Error, Sendable, Equatable {
  /// A file that has to be there is not.
  case missingFile(folder: String, file: String, advice: String)
  /// A file where a folder has to be.
  case isFile(path: String)
  /// A file that is there and cannot be read.
  case unreadableFile(file: String, reason: String)
  /// A configuration or index that is malformed or says what cannot be.
  case configuration(JSONMemberError)
  /// A file of weights that is malformed.
  case weights(SafetensorsError)
  /// A tensor that the architecture or the adapter's configuration needs is not there.
  case missingTensor(folder: String, tensor: String, shape: [Int], advice: String)
  /// A tensor whose shape contradicts the configuration.
  case shape(file: String, tensor: String, found: [Int], expected: [Int], origin: ShapeOrigin)
  /// A tensor that the architecture or the adapter's configuration has no place for.
  case unexpectedTensor(file: String, tensor: String, reason: String)
  /// An adapter that was trained on the base with another number of tokens.
  case resizedVocabulary(file: String, tensor: String, found: Int, base: Int)
  /// An adapter none of whose modules the base has: it would change nothing.
  case nothingApplies(file: String, modules: Int, first: String?, base: String)
  /// A second checkpoint whose forward pass differs from the base's in more than weights.
  case differentArchitecture(folder: String, member: String, found: String, base: String)
  /// An adapter that cannot be merged into a base.
  case notMergeable(adapter: String, reason: String)
  /// A base weight whose decomposition an adapter starts from cannot be computed.
  case decomposition(module: String, shape: [Int], rank: Int)
  /// A DoRA that divides by the length of a row of zeros.
  case zeroRow(module: String, row: Int)
}

extension CheckpointError: CustomStringConvertible {
  /// One paragraph: file, what was found, what was expected, what to do.
  public var description: String {
    switch self {
    case .isFile(let path): "\(path) is a file. Give the folder of a HuggingFace model or a PEFT adapter."
    case .missingFile(let folder, let file, let advice): "\(folder): there is no \(file). \(advice)"
    case .unreadableFile(let file, let reason):
      "\(file): cannot be read: \(reason). Check the path and its permissions."
    case .configuration(let error): "\(error)."
    case .weights(let error): "\(error)"
    case .missingTensor(let folder, let tensor, let shape, let advice):
      "\(folder): tensor \(tensor) of shape \(shape) is missing. \(advice)"
    case .shape(let file, let tensor, let found, let expected, let origin):
      """
      \(file): tensor \(tensor) has shape \(found) where \(expected) is expected by \(origin). Either is wrong: the \
      weights and the configuration do not belong together, or the adapter was made for another model.
      """
    case .unexpectedTensor(let file, let tensor, let reason): "\(file): tensor \(tensor): \(reason)."
    case .resizedVocabulary(let file, let tensor, let found, let base):
      """
      \(file): tensor \(tensor) has \(found) rows of the vocabulary where the base has \(base): the adapter was trained after the \
      vocabulary was resized. Resize the base alike and give that: model.resize_token_embeddings(\(found)), then \
      model.save_pretrained(folder).
      """
    case .nothingApplies(let file, let modules, let first, let base):
      """
      \(file): nothing of the adapter applies to the base: none of its \(modules) modules \
      \(first.map { "(as \($0)) " } ?? "")is among those that text passes through there (as \(base)). The adapter was made for another \
      model, or holds no trained tensors.
      """
    case .differentArchitecture(let folder, let member, let found, let base):
      """
      \(folder)/config.json: \(member) is \(found) where the base has \(base). Only checkpoints whose configurations \
      agree in all that the forward pass reads can be compared; give one that was trained from this base.
      """
    case .notMergeable(let adapter, let reason):
      "\(adapter): cannot be merged into the base: \(reason)."
    case .decomposition(let module, let shape, let rank):
      """
      \(module): the leading part of rank \(rank) of its weight of shape \(shape), which the adapter's initialisation \
      took out of the base, cannot be computed. Convert the adapter to a plain LoRA when saving it \
      (path_initial_model_for_weight_conversion).
      """
    case .zeroRow(let module, let row):
      """
      \(module): output row \(row) of the adapted weight is zero, and a DoRA divides by its length. The adapter is \
      broken or was made for another base.
      """
    }
  }
}

/// Runs a reader of JSON members, turning its error into this module's.
func readingConfiguration<T>(_ body: () throws(JSONMemberError) -> T) throws(CheckpointError) -> T {
  do { return try body() } catch { throw .configuration(error) }
}

/// Runs a reader of tensors, turning its error into this module's.
func readingWeights<T>(_ body: () throws(SafetensorsError) -> T) throws(CheckpointError) -> T {
  do { return try body() } catch { throw .weights(error) }
}
