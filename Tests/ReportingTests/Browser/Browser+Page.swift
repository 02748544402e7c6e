import Foundation
import Testing

/// What tests do with a page.
extension Browser {
  /// Writes a page to a file and opens it, at a place of its own if one is given.
  static func visit(_ page: String, _ view: String = "") throws -> Browser {
    let browser = try Browser()
    let file = browser.profile.appending(path: "page.html")
    try Data(page.utf8).write(to: file)
    try browser.open(file.absoluteString + (view.isEmpty ? "" : "#\(view)"))
    return browser
  }

  /// Nothing may have complained.
  func leave() {
    #expect(complaints.isEmpty, "\(complaints)")
    close()
  }

  /// What an element says.
  func text(_ selector: String) throws -> String {
    try evaluate("document.querySelector('\(selector)').innerText") as? String ?? ""
  }

  /// How many elements there are.
  func count(_ selector: String) throws -> Int {
    try evaluate("document.querySelectorAll('\(selector)').length") as? Int ?? -1
  }

  /// Clicks on an element and waits until the page has taken note of it.
  func click(_ selector: String) throws {
    let quoted = selector.replacing("\"", with: "\\\"")
    _ = try evaluate(
      "(node => node.dispatchEvent(new MouseEvent('click', { bubbles: true, cancelable: true })))(document.querySelector(\"\(quoted)\"))"
    )
    try settle()
  }

  /// Chooses an option of a switch.
  func choose(_ name: String, _ value: String) throws {
    _ = try evaluate(
      "(node => { node.value = '\(value)'; node.dispatchEvent(new Event('change')); })(document.querySelector('select[name=\(name)]'))"
    )
    try settle()
  }

  /// A change of the address arrives as an event of its own.
  private func settle() throws { _ = try evaluate("new Promise((done) => setTimeout(done, 60))") }

  /// Waits for at most two seconds.
  func wait(until condition: String) throws {
    for _ in 0..<40 {
      if try evaluate(condition) as? Bool == true { return }
      _ = try evaluate("new Promise((done) => setTimeout(done, 50))")
    }
    throw Failure(description: "never came to be: \(condition)")
  }
}
