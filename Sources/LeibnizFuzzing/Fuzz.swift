import ArgumentParser
import Foundation

/// Breaks valid files and reads them: each has to give a value or an error of our own, never a trap, and in bounded time.
@main
struct Fuzz: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "LeibnizFuzzing",
    abstract: "Breaks valid files and reads them; fails where a reader traps, hangs or throws what it should not.",
    discussion: "Run it in the package's folder. Cases follow from the seed and their number alone.")

  @Argument(help: "Targets: \(Target.all.map(\.name).joined(separator: ", ")). All if none is named.")
  var targets: [String] = []
  @Option(help: "The seed.") var seed: UInt64 = 1
  @Option(help: "The number of the first case.") var first = 0
  @Option(help: "Cases a target.") var count = 1000
  @Option(help: "Seconds that a case may take.") var limit: UInt32 = 5
  @Option(help: "A folder in which the broken files are kept, a folder a case.") var keep: String?
  @Flag(help: .hidden) var worker = false

  /// So many violations of a target are enough to know.
  private static let mostViolations = 10

  func validate() throws {
    for name in targets where !Target.all.contains(where: { $0.name == name }) {
      throw ValidationError("there is no target \(name)")
    }
    guard first >= 0, count >= 0, limit > 0 else {
      throw ValidationError("first and count are 0 or more, limit 1 or more")
    }
  }

  func run() throws {
    let chosen = Target.all.filter { targets.isEmpty || targets.contains($0.name) }
    if worker { return try Worker(target: chosen[0], self).run() }
    var violations = 0
    for target in chosen { violations += try run(target) }
    if violations > 0 { throw ExitCode.failure }
  }

  /// Runs a target in processes of its own, a new one after each violation.
  /// - Returns: The number of violations.
  private func run(_ target: Target) throws -> Int {
    var (next, accepted, violations) = (first, 0, 0)
    let start = Date()
    repeat {
      let process = Process()
      process.executableURL = Bundle.main.executableURL
      process.arguments =
        [target.name, "--worker", "--seed", "\(seed)", "--first", "\(next)", "--count", "\(first + count - next)"]
        + ["--limit", "\(limit)"] + (keep.map { ["--keep", $0] } ?? [])
      let pipe = Pipe()
      process.standardOutput = pipe
      try process.run()
      let outcomes = try pipe.fileHandleForReading.readToEnd() ?? Data()
      process.waitUntilExit()
      accepted += outcomes.count { $0 == Worker.accepted }
      next += outcomes.count
      guard process.terminationReason != .exit || process.terminationStatus != 0 else { break }
      say("\(target.name): case \(next) of seed \(seed) \(reason(process))")
      say("  LeibnizFuzzing \(target.name) --seed \(seed) --first \(next) --count 1 --keep broken")
      violations += 1
      next += 1
    } while next < first + count && violations < Self.mostViolations
    let refused = next - first - accepted - violations
    let seconds = String(format: "%.1f", Date().timeIntervalSince(start))
    say("\(target.name): \(accepted) accepted, \(refused) refused, \(violations) violations, \(seconds) s")
    return violations
  }

  /// Writes a line at once, also where nobody sits at a terminal.
  private func say(_ line: String) { FileHandle.standardOutput.write(Data("\(line)\n".utf8)) }

  private func reason(_ process: Process) -> String {
    switch (process.terminationReason, process.terminationStatus) {
    case (.uncaughtSignal, SIGALRM): "took longer than \(limit) s"
    case (.uncaughtSignal, let signal): "was ended by signal \(signal)"
    case (_, let status): "ended the process with \(status)"
    }
  }
}

/// Reads one case after the other and writes a byte for each that is done, so that whoever started it knows where it ended.
struct Worker {
  static let accepted = UInt8(ascii: "a")
  private static let refused = UInt8(ascii: "r")

  let target: Target
  private let options: Fuzz

  init(target: Target, _ options: Fuzz) {
    self.target = target
    self.options = options
  }

  func run() throws {
    let current = URL(filePath: FileManager.default.currentDirectoryPath)
    let samples = try target.samples(Fixtures(root: current))
    let scratch = FileManager.default.temporaryDirectory.appending(path: "leibniz-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: scratch) }
    for index in options.first..<options.first + options.count {
      let kept = options.keep.map { URL(filePath: $0).appending(path: "\(target.name)-\(options.seed)-\(index)") }
      let folder = kept ?? scratch
      var mutator = Mutator(seed: options.seed, index: index)
      try mutator.pick(samples).write(to: folder, with: &mutator, other: mutator.pick(samples))
      FileHandle.standardOutput.write(Data([outcome(folder)]))
    }
  }

  private func outcome(_ folder: URL) -> UInt8 {
    // Ends the process when it is not called off in time.
    alarm(options.limit)
    defer { alarm(0) }
    do {
      try target.read(folder)
      return Self.accepted
    } catch {
      guard Target.isOwn(error) else { fatalError("an error of another kind: \(error)") }
      return Self.refused
    }
  }
}
