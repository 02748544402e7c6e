import Foundation
import PairFixtures
import Testing

/// The built command line tool, run as a process.
struct CommandLineTool {
  /// What a run left behind.
  struct Result {
    var status: Int32
    var output: String
    var errors: String
  }

  private let executable: URL

  /// The tool in the build folder, beside the tests.
  init() throws {
    let bundles = Bundle.allBundles.map(\.bundleURL).filter { $0.pathExtension == "xctest" }
    let places = bundles.map { $0.deletingLastPathComponent() } + [Bundle.main.bundleURL]
    let candidates = places.map { $0.appending(path: "leibniz") }
    executable = try #require(
      candidates.first { FileManager.default.isExecutableFile(atPath: $0.path) },
      "no leibniz in \(places.map(\.path))")
  }

  /// Runs it on `input`; neither stdout nor stderr is a terminal.
  func run(_ arguments: [String], input: String = "") throws -> Result {
    let process = Process()
    process.executableURL = executable
    process.arguments = arguments
    return try run(process, input: input)
  }

  /// Runs commands that may call it by name in a folder, up to the first that fails.
  func shell(_ commands: String, in folder: URL, arguments: [String] = []) throws -> Result {
    let process = Process()
    process.executableURL = URL(filePath: "/bin/sh")
    process.arguments = ["-e", "-c", commands, "sh"] + arguments
    process.currentDirectoryURL = folder
    let environment = ProcessInfo.processInfo.environment
    let path = "\(executable.deletingLastPathComponent().path):\(environment["PATH"] ?? "/usr/bin:/bin")"
    process.environment = environment.merging(["PATH": path]) { $1 }
    return try run(process, input: "")
  }

  private func run(_ process: Process, input: String) throws -> Result {
    try withTemporaryFolder { folder in
      let source = folder.appending(path: "input")
      try Data(input.utf8).write(to: source)
      let streams = try ["output", "errors"].map { name in
        let url = folder.appending(path: name)
        try Data().write(to: url)
        return try FileHandle(forWritingTo: url)
      }
      process.standardInput = try FileHandle(forReadingFrom: source)
      process.standardOutput = streams[0]
      process.standardError = streams[1]
      try process.run()
      process.waitUntilExit()
      #expect(process.terminationReason == .exit, "killed by signal \(process.terminationStatus)")
      return Result(
        status: process.terminationStatus,
        output: try String(contentsOf: folder.appending(path: "output"), encoding: .utf8),
        errors: try String(contentsOf: folder.appending(path: "errors"), encoding: .utf8))
    }
  }

  /// Runs it with stdout and stderr on a terminal, and returns what a user would see: at most some thousand bytes.
  func runOnTerminal(_ arguments: [String], environment: [String: String] = [:]) throws -> String {
    var (controller, user): (Int32, Int32) = (-1, -1)
    try #require(openpty(&controller, &user, nil, nil, nil) == 0, "no terminal")
    let terminal = FileHandle(fileDescriptor: user, closeOnDealloc: true)
    let process = Process()
    process.executableURL = executable
    process.arguments = arguments
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    process.standardOutput = terminal
    process.standardError = terminal
    try process.run()
    process.waitUntilExit()
    defer { close(controller) }
    var bytes = [UInt8](repeating: 0, count: 65_536)
    let count = read(controller, &bytes, bytes.count)
    return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
  }

  /// `leibniz analyze` with two threads unless said otherwise.
  func analyze(
    _ base: URL, _ adapted: URL, _ prompts: URL, to output: URL, _ options: [String] = []
  ) throws -> Result {
    let threads = options.contains("--threads") ? [] : ["--threads", "2"]
    return try run(
      ["analyze", base.path, adapted.path, "--prompts", prompts.path, "--output", output.path] + threads
        + options)
  }
}
