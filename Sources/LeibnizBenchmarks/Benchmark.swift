import Foundation
import Leibniz
import LinearAlgebra
import Synchronization

/// Times an analysis against the machine's own rate of matrix products:
///
///     LeibnizBenchmarks BASE ADAPTED PROMPTS [THREADS]
///
/// The rate is measured in the same process, with the same threads, before and after; the better one counts.
@main
struct Benchmark {
  static func main() throws {
    let arguments = CommandLine.arguments.dropFirst()
    guard arguments.count >= 3 else {
      print("usage: LeibnizBenchmarks BASE ADAPTED PROMPTS [THREADS]")
      exit(64)
    }
    let paths = arguments.prefix(3).map { URL(fileURLWithPath: $0) }
    let threads = arguments.dropFirst(3).first.flatMap(Int.init) ?? ProcessInfo.processInfo.activeProcessorCount
    let before = productRate(threads: threads)
    let loaded = Mutex<(date: Date, operations: Int)?>(nil)
    let options = AnalysisOptions(threads: threads) { progress in
      guard progress.stage == .analyzing else { return }
      loaded.withLock { if $0 == nil { $0 = (Date(), productOperations) } }
    }
    let analysis = try analyze(base: paths[0], adapted: paths[1], prompts: paths[2], options: options)
    guard let start = loaded.withLock({ $0 }) else { return }
    let seconds = Date().timeIntervalSince(start.date)
    let operations = Double(productOperations - start.operations)
    let rate = max(before, productRate(threads: threads))
    let tokens = analysis.prompts.reduce(0) { $0 + $1.tokens }
    print("tokens            \(tokens) in \(analysis.prompts.count) prompts, \(threads) threads")
    print("after loading     \(text(seconds)) s")
    print("products          \(text(operations / 1e9)) GFLOP, \(text(operations / seconds / 1e9)) GFLOP/s")
    print("sgemm alone       \(text(rate / 1e9)) GFLOP/s")
    print("share of sgemm    \(text(operations / seconds / rate * 100)) %")
    print("peak resident     \(text(peakResident() / 1e6)) MB, mapped pages included")
  }

  /// Operations a second of products of 1024 × 1024 matrices, one at a time on every thread.
  private static func productRate(threads: Int) -> Double {
    let size = 1024
    let workers = Workers(threads: threads)
    let matrices = (0..<3 * threads).map { _ in Matrix(rows: size, columns: size) }
    let rounds = 24 * threads
    func run() -> Double {
      let start = Date()
      workers.forEach(rounds) { _, worker in
        multiply(
          matrices[3 * worker].view, matrices[3 * worker + 1].view, transposed: true,
          into: matrices[3 * worker + 2].view)
      }
      return Double(rounds * 2 * size * size * size) / Date().timeIntervalSince(start)
    }
    return (0..<3).map { _ in run() }.max() ?? 0
  }

  private static func peakResident() -> Double {
    var usage = rusage()
    #if os(Linux)
      // The parameter's type depends on how the C library is imported.
      getrusage(.init(RUSAGE_SELF.rawValue), &usage)
      return Double(usage.ru_maxrss) * 1024
    #else
      getrusage(RUSAGE_SELF, &usage)
      return Double(usage.ru_maxrss)
    #endif
  }

  private static func text(_ value: Double) -> String { String(format: "%.1f", value) }
}
