import ArgumentParser
import Foundation

/// Runs a command's body: whatever is wrong with its input is told on stderr in one paragraph, and the exit code is 2.
func reportingInputErrors(_ body: () throws -> Void) throws {
  do { try body() } catch let code as ExitCode { throw code } catch let error as ValidationError {
    throw error
  } catch {
    complain("error: \(error)")
    throw ExitCode(2)
  }
}

/// Writes a line to stderr.
func complain(_ text: String) { FileHandle.standardError.write(Data((text + "\n").utf8)) }
