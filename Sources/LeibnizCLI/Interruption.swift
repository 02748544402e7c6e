import Dispatch
import Foundation
import Synchronization

/// What happens at SIGINT and SIGTERM: nothing is half-written, and the last line says how to go on.
final class Interruption: Sendable {
  /// Whether the result is safe. Held while it is written, so that a signal waits.
  private let isDone = Mutex(false)
  /// Made once, and never changed after.
  nonisolated(unsafe) private let sources: [any DispatchSourceSignal]

  /// The result's name, for the last line.
  private let output: String
  /// What is half-written when a signal comes, if anything.
  private let temporary: URL?

  /// Watches for signals from now on.
  /// - Parameters:
  ///   - output: Where the result is to stand.
  ///   - keeping: The folder of finished batches.
  ///   - temporary: Where the result is written before it gets its name.
  init(_ output: String, keeping folder: URL, temporary: URL? = nil) {
    self.output = output
    self.temporary = temporary
    let signals = [SIGINT, SIGTERM]
    let queue = DispatchQueue(label: "interruption")
    sources = signals.map { DispatchSource.makeSignalSource(signal: $0, queue: queue) }
    for (number, source) in zip(signals, sources) {
      signal(number, SIG_IGN)
      source.setEventHandler { [self] in stop(number, folder) }
      source.resume()
    }
  }

  /// Puts a result in place, which takes a moment; a signal in the meantime comes too late.
  func finishing(_ body: () throws -> Void) rethrows {
    try isDone.withLock { isDone in
      try body()
      isDone = true
    }
  }

  private func stop(_ number: Int32, _ folder: URL) {
    // Whoever read stderr may have gone with the terminal.
    signal(SIGPIPE, SIG_IGN)
    isDone.withLock { isDone in
      if isDone {
        complain("interrupted; \(output) is complete.")
      } else {
        if let temporary { try? FileManager.default.removeItem(at: temporary) }
        let isKept = FileManager.default.fileExists(atPath: folder.path)
        // Behind the progress line and what the terminal shows of the key.
        try? FileHandle.standardError.write(contentsOf: Data("\n".utf8))
        complain(
          isKept
            ? "interrupted; finished batches are kept in \(folder.relativePath). The same command with --resume goes on."
            : "interrupted; no batch was finished, so nothing is kept and nothing written.")
      }
      exit(number)
    }
  }

  /// Ends the process at once as a shell would after the signal.
  private func exit(_ number: Int32) -> Never { _exit(128 + number) }
}
