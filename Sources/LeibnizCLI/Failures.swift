import ArgumentParser
import Expectations
import Files
import Foundation
import Results

/// Runs a command's body: whatever is wrong with its input is told on stderr in one paragraph, and the exit code is 2.
func reportingInputErrors(_ body: () throws -> Void) throws {
  // A limit on the size of files is told like a full disk.
  signal(SIGXFSZ, SIG_IGN)
  do { try body() } catch let code as ExitCode { throw code } catch let error as ValidationError {
    throw error
  } catch {
    complain("error: \("\(error)".shortened)")
    throw ExitCode(2)
  }
}

extension String {
  /// At most some hundred characters: what a file holds may be long, and what to do about it stands at the end.
  fileprivate var shortened: String {
    let (head, tail) = (500, 300)
    guard count > head + tail + 50 else { return self }
    return "\(prefix(head))… (\(count - head - tail) characters left out) …\(suffix(tail))"
  }
}

/// Writes a line to stdout.
/// - Throws: ``WrongInput`` if stdout takes no more: a result that is cut short must not look whole.
func say(_ text: String, terminator: String = "\n") throws {
  do { try FileHandle.standardOutput.write(contentsOf: Data((text + terminator).utf8)) } catch {
    throw WrongInput("stdout cannot be written: \(error.fileReason)")
  }
}

/// Whether stdout is a terminal whose user has not asked for plain text (no-color.org: set and not empty).
var isColored: Bool {
  isatty(STDOUT_FILENO) != 0 && ProcessInfo.processInfo.environment["NO_COLOR"]?.isEmpty != false
}

/// Writes a line for people to stdout. Texts of files in it show what a terminal would obey.
/// - Throws: ``WrongInput`` if stdout takes no more.
func present(_ line: String) throws { try say(line.visible.unobeyed) }

extension String {
  /// A line that the log of a workflow does not obey: a command is `::` at its beginning, or `##[` anywhere.
  var unobeyed: String {
    let isCommand = drop { $0 == " " }.unicodeScalars.starts(with: "::".unicodeScalars) || contains("##[")
    return isCommand ? withoutWorkflowCommands : self
  }
}

/// Writes a line to stderr. Texts of files in it show what a terminal, or the log of a workflow, would obey.
func complain(_ line: String) {
  try? FileHandle.standardError.write(contentsOf: Data((line.visible.unobeyed + "\n").utf8))
}
