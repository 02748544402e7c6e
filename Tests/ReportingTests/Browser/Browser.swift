import Foundation

/// A headless Chromium, driven through a pipe by the DevTools protocol (chromedevtools.github.io/devtools-protocol).
final class Browser {
  /// The program, where there is one: that of the variable LEIBNIZ_BROWSER, or Chromium where Debian has it.
  static let program = [ProcessInfo.processInfo.environment["LEIBNIZ_BROWSER"], "/usr/bin/chromium"].compactMap(\.self)
    .first { FileManager.default.isExecutableFile(atPath: $0) }

  /// What went wrong, in the browser's words.
  struct Failure: Error, CustomStringConvertible { var description: String }

  private let process = Process()
  private let (input, output) = (Pipe(), Pipe())
  /// A folder of its own, gone when it is closed.
  let profile = FileManager.default.temporaryDirectory.appending(path: "leibniz-browser-\(UUID().uuidString)")
  private var received = Data()
  private var number = 0
  private var session: String?
  /// Errors and warnings of the page, exceptions and what the console was told.
  private(set) var complaints: [String] = []

  /// Starts the browser with one empty tab.
  init() throws {
    // The protocol speaks on the descriptors 3 and 4.
    process.executableURL = URL(filePath: "/bin/sh")
    process.arguments = [
      "-c", "exec \"$0\" \"$@\" 3<&0 4>&1 </dev/null >/dev/null 2>&1", Self.program ?? "chromium", "--headless",
      "--no-sandbox",
      "--disable-gpu", "--remote-debugging-pipe", "--user-data-dir=\(profile.path)",
    ]
    process.standardInput = input
    process.standardOutput = output
    try FileManager.default.createDirectory(at: profile, withIntermediateDirectories: true)
    try process.run()
    let target = try call("Target.createTarget", ["url": "about:blank"])["targetId"] ?? ""
    session = try call("Target.attachToTarget", ["targetId": target, "flatten": true])["sessionId"] as? String
    for domain in ["Page", "Runtime", "Log", "Network"] { try call("\(domain).enable") }
  }

  /// Ends the browser.
  func close() {
    _ = try? call("Browser.close")
    process.waitUntilExit()
    try? FileManager.default.removeItem(at: profile)
  }

  /// Asks for something and waits for the answer.
  @discardableResult
  func call(_ method: String, _ parameters: [String: Any] = [:]) throws -> [String: Any] {
    number += 1
    var message: [String: Any] = ["id": number, "method": method, "params": parameters]
    if let session { message["sessionId"] = session }
    try input.fileHandleForWriting.write(contentsOf: JSONSerialization.data(withJSONObject: message) + [0])
    while true {
      let answer = try next()
      guard answer["id"] as? Int == number else { continue }
      if let error = answer["error"] { throw Failure(description: "\(method): \(error)") }
      return answer["result"] as? [String: Any] ?? [:]
    }
  }

  /// Opens a page and waits until it is there.
  func open(_ address: String) throws {
    // The same file with another fragment would not be loaded again.
    try call("Page.navigate", ["url": "about:blank"])
    try call("Page.navigate", ["url": address])
    while try evaluate("document.readyState") as? String != "complete"
      || evaluate("location.href") as? String == "about:blank"
    {}
  }

  /// The value of an expression, which may be a promise.
  func evaluate(_ expression: String) throws -> Any? {
    let answer = try call(
      "Runtime.evaluate", ["expression": expression, "returnByValue": true, "awaitPromise": true, "userGesture": true])
    if let failure = answer["exceptionDetails"] { throw Failure(description: "\(expression): \(failure)") }
    return (answer["result"] as? [String: Any])?["value"]
  }

  /// Presses a key.
  func press(_ key: String) throws {
    for type in ["keyDown", "keyUp"] { try call("Input.dispatchKeyEvent", ["type": type, "key": key, "code": key]) }
  }

  /// The next message; what it complains of is kept.
  private func next() throws -> [String: Any] {
    while !received.contains(0) {
      let more = output.fileHandleForReading.availableData
      guard !more.isEmpty else { throw Failure(description: "the browser ended") }
      received += more
    }
    let end = received.firstIndex(of: 0) ?? received.endIndex
    let message = try JSONSerialization.jsonObject(with: received[..<end]) as? [String: Any] ?? [:]
    received = Data(received[received.index(after: end)...])
    let method = message["method"] as? String ?? ""
    if ["Runtime.exceptionThrown", "Runtime.consoleAPICalled", "Log.entryAdded"].contains(method) {
      complaints.append("\(message["params"] ?? "")")
    }
    if method == "Network.requestWillBeSent",
      let request = (message["params"] as? [String: Any])?["request"] as? [String: Any],
      let address = request["url"] as? String, !["file", "abou", "blob"].contains(String(address.prefix(4)))
    {
      complaints.append("asks for \(address)")
    }
    return message
  }
}
