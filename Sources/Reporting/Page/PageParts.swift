import Fingerprints

/// A kind of page: its style sheets and its script, the same for all pages of the kind, and what stands round their content.
struct PageParts {
  /// The most bytes of a page, as far as what it shows can be chosen.
  static let mostBytes = 1_990_000

  /// Of report.html.
  static let report = PageParts(
    styles: [PackageResources.page_css],
    scripts: [
      PackageResources.dom_js, PackageResources.grid_js, PackageResources.address_js, PackageResources.table_js,
      PackageResources.frame_js, PackageResources.model_js, PackageResources.knockouts_js, PackageResources.view_js,
      PackageResources.map_js, PackageResources.panel_js, PackageResources.pairs_js, PackageResources.heads_js,
      PackageResources.page_js,
    ])
  /// Of compare.html.
  static let comparison = PageParts(
    styles: [PackageResources.page_css, PackageResources.compare_css],
    scripts: [
      PackageResources.dom_js, PackageResources.grid_js, PackageResources.address_js, PackageResources.table_js,
      PackageResources.frame_js, PackageResources.compare_model_js, PackageResources.compare_view_js,
      PackageResources.compare_maps_js, PackageResources.compare_panel_js, PackageResources.compare_heads_js,
      PackageResources.compare_js,
    ])
  /// How figures look, also in a file of their own.
  private static let figureStyle = "\n\(Figure.style(hasScales: true))\n"

  /// How the page looks.
  private let style: String
  /// What makes the page answer clicks and keys.
  private let script: String

  private init(styles: [[UInt8]], scripts: [[UInt8]]) {
    func text(_ parts: [[UInt8]]) -> String {
      parts.map { String(decoding: $0, as: UTF8.self) }.joined(separator: "\n")
    }
    style = "\n\(Figure.variables)\n\(text(styles))"
    script = "\n\"use strict\";\n\(text(scripts))"
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
