import Foundation
import Leibniz
import Synchronization

/// One line on stderr that is rewritten as work goes on; nothing where stderr is not a terminal.
final class ProgressLine: Sendable {
  private let isShown: Bool
  private let isVerbose: Bool
  private let state: Mutex<State>

  private struct State {
    var stage: AnalysisProgress.Stage?
    var start = Date()
    var lastShown = Date.distantPast
  }

  /// A line; `isVerbose` prints the stages with their times also where stderr is no terminal.
  init(isShown: Bool, isVerbose: Bool) {
    self.isShown = isShown && isatty(STDERR_FILENO) != 0
    self.isVerbose = isVerbose
    state = Mutex(State())
  }

  /// Shows how far the work is, at most ten times a second.
  func show(_ progress: AnalysisProgress) {
    state.withLock { state in
      if state.stage != progress.stage {
        tellStage(state)
        state = State(stage: progress.stage)
      }
      guard isShown, Date().timeIntervalSince(state.lastShown) > 0.1 else { return }
      state.lastShown = Date()
      let percent = Int(progress.fraction * 100)
      write("\r\u{1B}[K\(progress.stage.rawValue) \(percent) %\(timeLeft(progress.fraction, since: state.start))")
    }
  }

  /// Clears the line.
  func finish() {
    state.withLock { tellStage($0) }
    if isShown { write("\r\u{1B}[K") }
  }

  private func tellStage(_ state: State) {
    guard isVerbose, let stage = state.stage else { return }
    let seconds = Date().timeIntervalSince(state.start)
    write("\(isShown ? "\r\u{1B}[K" : "")\(stage.rawValue): \(String(format: "%.1f", seconds)) s\n")
  }

  private func timeLeft(_ fraction: Double, since start: Date) -> String {
    let elapsed = Date().timeIntervalSince(start)
    guard fraction > 0.02, elapsed > 2 else { return "" }
    return ", about \(Int((elapsed / fraction * (1 - fraction)).rounded(.up))) s left"
  }

  private func write(_ text: String) { try? FileHandle.standardError.write(contentsOf: Data(text.utf8)) }
}
