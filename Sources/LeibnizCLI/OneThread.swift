import Foundation

/// The linear algebra library makes its threads while it is loaded, one a processor, before any of our code runs. Leibniz calls it from
/// threads of its own and never uses them; where the address space is limited (`ulimit -v`) those that find no room for their
/// buffers wait for ever, and so does the process that waits for them at its end.
enum OneThread {
  private static let variable = "OPENBLAS_NUM_THREADS"

  /// Begins the process anew with a library that makes no threads, unless it is so already: the same process, arguments and open
  /// files. Only the tool does this; a program that uses the libraries decides for itself.
  static func begin() {
    #if os(Linux)
      guard getenv(variable).map({ strcmp($0, "1") != 0 }) ?? true,
        let program = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"),
        setenv(variable, "1", 1) == 0
      else { return }
      // Returns only where it fails, and then the process goes on as it is.
      execv(program, CommandLine.unsafeArgv)
    #endif
  }
}
