import Safetensors
import StrictJSON

/// What is wrong with a model or adapter folder. Files are named by the last parts of their paths.
public enum CheckpointError: Error, Sendable, Equatable {
  /// A file that has to be there is not.
  case missingFile(folder: String, file: String, advice: String)
  /// A configuration or index that is malformed or says what cannot be.
  case configuration(JSONMemberError)
  /// A file of weights that is malformed.
  case weights(SafetensorsError)
  /// A tensor that the architecture needs is not there.
  case missingTensor(folder: String, tensor: String, shape: [Int])
  /// A tensor whose shape contradicts the configuration.
  case shape(file: String, tensor: String, found: [Int], expected: [Int])
  /// A tensor that the architecture has no place for.
  case unexpectedTensor(file: String, tensor: String, reason: String)
  /// Something else: what was found, and what to do.
  case invalid(file: String, found: String, advice: String)
}

extension CheckpointError: CustomStringConvertible {
  /// One paragraph: file, what was found, what was expected, what to do.
  public var description: String {
    switch self {
    case .missingFile(let folder, let file, let advice): "\(folder): there is no \(file). \(advice)"
    case .configuration(let error): "\(error)"
    case .weights(let error): "\(error)"
    case .missingTensor(let folder, let tensor, let shape):
      """
      \(folder): tensor \(tensor) of shape \(shape) is missing. The files are incomplete or belong to another \
      architecture than config.json says; download the model again.
      """
    case .shape(let file, let tensor, let found, let expected):
      """
      \(file): tensor \(tensor) has shape \(found) where \(expected) is expected. The weights and the configuration \
      do not belong together.
      """
    case .unexpectedTensor(let file, let tensor, let reason):
      "\(file): tensor \(tensor): \(reason)."
    case .invalid(let file, let found, let advice): "\(file): \(found). \(advice)"
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
