import Architectures
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
    let loaded = Mutex<Date?>(nil)
    let options = AnalysisOptions(threads: threads) { progress in
      guard progress.stage == .analyzing else { return }
      loaded.withLock { if $0 == nil { $0 = Date() } }
    }
    let analysis = try analyze(base: paths[0], adapted: paths[1], prompts: paths[2], options: options)
    guard let start = loaded.withLock({ $0 }) else { return }
    let seconds = Date().timeIntervalSince(start)
    let pair = try ModelPair(base: paths[0], adapted: paths[1])
    let operations = productOperations(pair.model.description, rank: pair.adaptation.rank ?? 0, analysis)
    let rate = max(before, productRate(threads: threads))
    let tokens = analysis.prompts.reduce(0) { $0 + $1.tokens }
    print("tokens            \(tokens) in \(analysis.prompts.count) prompts, \(threads) threads")
    print("after loading     \(text(seconds)) s")
    print("products          \(text(operations / 1e9)) GFLOP, \(text(operations / seconds / 1e9)) GFLOP/s")
    print("sgemm alone       \(text(rate / 1e9)) GFLOP/s")
    print("share of sgemm    \(text(operations / seconds / rate * 100)) %")
    print("peak resident     \(text(peakResident() / 1e6)) MB, mapped pages included")
  }

  /// Floating-point operations of the products that the analysis needs: every weight once for each token and once for each
  /// token that can change, the adapter's low-rank factors, and per pair of tokens the scores' four products and the values' three.
  /// The last layer's output projection and MLP are not needed without losses.
  private static func productOperations(_ model: ModelDescription, rank: Int, _ analysis: Analysis) -> Double {
    var operations = 0.0
    for (index, layer) in model.layers.enumerated() {
      let attention = layer.attention
      var projections = [attention.query, attention.key, attention.value]
      if index + 1 < model.layers.count {
        projections.append(Projection(attention.output))
        // A token goes through so many of the experts.
        let experts = layer.experts.map { Array($0.experts.prefix($0.routing.topK)) } ?? []
        for mlp in [layer.mlp].compactMap(\.self) + experts {
          projections += [mlp.gate, mlp.up].compactMap(\.self) + [Projection(mlp.down)]
        }
      }
      for prompt in analysis.prompts {
        let tokens = Double(prompt.tokens)
        let changed = Double(prompt.tokens - (prompt.activeFrom ?? prompt.tokens))
        for projection in projections {
          let (inputs, outputs) = (Double(projection.linear.inputs), Double(projection.rows.count))
          operations += 2 * inputs * outputs * (tokens + changed) + 2 * Double(rank) * (inputs + outputs) * changed
        }
        let pairs = tokens * (tokens + 1) / 2
        let changedPairs = pairs - (tokens - changed) * (tokens - changed + 1) / 2
        let width = Double(attention.queryHeads * attention.headDimension)
        operations += 2 * width * (2 * pairs + 5 * changedPairs)
      }
    }
    return operations
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
