import Fingerprints

/// The style sheets and the script of a page, the same for all.
enum PageParts {
  /// How the page looks.
  static let style = "\n\(Figure.variables)\n\(text(PackageResources.page_css))"
  /// How figures look, also in a file of their own.
  static let figureStyle = "\n\(Figure.style(hasScales: true))\n"
  /// What makes the page answer clicks and keys.
  static let script =
    "\n\"use strict\";\n"
    + [
      PackageResources.dom_js, PackageResources.model_js, PackageResources.view_js, PackageResources.map_js,
      PackageResources.panel_js, PackageResources.pairs_js, PackageResources.heads_js, PackageResources.page_js,
    ].map(text).joined(separator: "\n")

  /// Nothing is loaded from anywhere, and nothing runs but this script.
  static let policy = """
    default-src 'none'; script-src \(source(script)); style-src \(source(style)) \(source(figureStyle)); base-uri 'none'; \
    form-action 'none'
    """

  private static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

  private static func source(_ text: String) -> String {
    var fingerprint = Fingerprint()
    fingerprint.add(text)
    return "'sha256-\(fingerprint.base64())'"
  }
}
