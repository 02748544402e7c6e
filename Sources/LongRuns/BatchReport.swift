import Results

/// A report that is made of the sums of batches.
package protocol BatchReport: Sendable {
  /// How far the first prompts are from double precision; nil where that was not asked for.
  var verification: Verification? { get set }
  /// What a reader has to know.
  var warnings: [String] { get set }
  /// The kernels of OpenBLAS that products were computed on.
  var kernel: String? { get set }
}

extension Analysis: BatchReport {}

extension Ablation: BatchReport {}

extension BatchReport {
  /// The same as a result of the batches of some kernels.
  package func computed(on kernels: Set<String>) -> Self {
    guard !kernels.isEmpty else { return self }
    var result = self
    result.kernel = kernels.sorted().joined(separator: ", ")
    if kernels.count > 1 { result.warnings.append(KernelWords.mixed(kernels)) }
    return result
  }
}
