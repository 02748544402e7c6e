internal import CPageResources
import Fingerprints

/// A kind of page: its style sheets and its script, the same for all pages of the kind, and what stands round their content.
struct PageParts {
  /// The most bytes of a page, as far as what it shows can be chosen.
  static let mostBytes = 1_990_000

  /// Of report.html.
  static let report = PageParts(
    styles: ["page.css"],
    scripts: [
      "dom.js", "grid.js", "address.js", "table.js",
      "frame.js", "model.js", "knockouts.js", "writers.js",
      "roles.js", "view.js", "map.js", "panel.js",
      "writer-map.js", "readers.js", "pairs.js", "heads.js",
      "page.js",
    ])
  /// Of compare.html.
  static let comparison = PageParts(
    styles: ["page.css", "compare.css"],
    scripts: [
      "dom.js", "grid.js", "address.js", "table.js",
      "frame.js", "compare-model.js", "compare-view.js",
      "compare-maps.js", "compare-panel.js", "compare-heads.js",
      "compare.js",
    ])
  /// How figures look, also in a file of their own.
  private static let figureStyle = "\n\(Figure.style(hasScales: true))\n"

  /// How the page looks.
  private let style: String
  /// What makes the page answer clicks and keys.
  private let script: String

  private init(styles: [String], scripts: [String]) {
    func text(_ names: [String]) -> String { names.map(Self.resource).joined(separator: "\n") }
    style = "\n\(Figure.variables)\n\(text(styles))"
    script = "\n\"use strict\";\n\(text(scripts))"
  }

  /// The text of an embedded file.
  private static func resource(_ name: String) -> String {
    guard let file = page_resource(name)?.pointee else { preconditionFailure("\(name) is not embedded") }
    return String(decoding: UnsafeBufferPointer(start: file.bytes, count: file.count), as: UTF8.self)
  }

  /// A whole page.
  /// - Parameters:
  ///   - body: What can be read without the script.
  ///   - data: What the script draws from, of at most so many bytes.
  func document(title: Phrase, body: String, data: (_ budget: Int) -> String) -> String {
    let head = head(title)
    let bytes = [head, body, script].reduce(0) { $0 + $1.utf8.count }
    return """
      \(head)
      <body>
      \(body)
      <script type="application/json" id="data">\(data(Self.mostBytes - bytes))</script>
      <script>\(script)</script>
      </body>
      </html>

      """
  }

  private func head(_ title: Phrase) -> String {
    """
    <!DOCTYPE html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta http-equiv="Content-Security-Policy" content="\(policy)">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <meta name="referrer" content="no-referrer">
    <title>\(HTML.text(title.plain))</title>
    <style>\(style)</style>
    <style id="figure-style">\(Self.figureStyle)</style>
    </head>
    """
  }

  /// Nothing is loaded from anywhere, and nothing runs but this script.
  private var policy: String {
    """
    default-src 'none'; script-src \(source(script)); style-src \(source(style)) \(source(Self.figureStyle)); base-uri 'none'; \
    form-action 'none'
    """
  }

  private func source(_ text: String) -> String {
    var fingerprint = Fingerprint()
    fingerprint.add(text)
    return "'sha256-\(fingerprint.base64())'"
  }
}
