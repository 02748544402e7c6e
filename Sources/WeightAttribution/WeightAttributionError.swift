import Checkpoints

/// Why weights could not be analysed.
package enum WeightAttributionError: Error, Sendable, Equatable, CustomStringConvertible {
  /// A file is wrong.
  case checkpoint(CheckpointError)
  /// A decomposition does not converge.
  case decomposition(place: String)

  /// One paragraph.
  package var description: String {
    switch self {
    case .checkpoint(let error): "\(error)"
    case .decomposition(let place):
      """
      \(place): its singular values cannot be computed: the weights or the adapter's scaling are so large that their \
      products are not finite. Look for a broken tensor or a wrong lora_alpha.
      """
    }
  }
}

/// Runs a reader of weights, turning its error into this module's.
func reading<T>(_ body: () throws(CheckpointError) -> T) throws(WeightAttributionError) -> T {
  do { return try body() } catch { throw .checkpoint(error) }
}
