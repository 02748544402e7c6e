import Results

/// What is told of results to which several of OpenBLAS's kernels contributed.
enum KernelWords {
  /// That they did.
  static func mixed(_ kernels: some Sequence<String>) -> String {
    """
    Batches were computed on different kernels of OpenBLAS (\(kernels.sorted().joined(separator: ", "))): digits from about the \
    eighth on may be other than those of one kernel.
    """
  }
}

extension Analysis {
  /// The same as a result of the batches of some kernels.
  func computed(on kernels: Set<String>) -> Analysis {
    guard !kernels.isEmpty else { return self }
    var result = self
    result.kernel = kernels.sorted().joined(separator: ", ")
    if kernels.count > 1 { result.warnings.append(KernelWords.mixed(kernels)) }
    return result
  }
}

extension Ablation {
  /// The same as a result of the batches of some kernels.
  func computed(on kernels: Set<String>) -> Ablation {
    guard !kernels.isEmpty else { return self }
    var result = self
    result.kernel = kernels.sorted().joined(separator: ", ")
    if kernels.count > 1 { result.warnings.append(KernelWords.mixed(kernels)) }
    return result
  }
}
