/// What is told of results to which several of OpenBLAS's kernels contributed.
enum KernelWords {
  /// That they did.
  package static func mixed(_ kernels: some Sequence<String>) -> String {
    """
    Batches were computed on different kernels of OpenBLAS (\(kernels.sorted().joined(separator: ", "))): digits from about the \
    eighth on may be other than those of one kernel.
    """
  }
}
