import StrictJSON

/// How large the JSON document of a result may be.
///
/// What one run writes the next command reads, so nothing larger is written than what is read.
package enum DocumentSize {
  /// Bytes.
  package static let limit = 1_000_000_000
  /// The same, for a reader.
  static let limits = JSONLimits(bytes: limit)
}
