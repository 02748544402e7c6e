import AnalysisFixtures
import Foundation
import Reporting
import Results
import Testing

#if canImport(FoundationXML)
  import FoundationXML
#endif

/// The figures: well-formed, self-contained, with finite coordinates.
@Suite struct FigureTests {
  @Test(arguments: Examples.all) func `Every figure is well-formed SVG`(_ example: Examples) throws {
    let figures = try ReportFiles.all(example.analysis).filter { $0.path.hasPrefix("figures/") }
    let hasChange = ![Examples.unchanged, .unchangedParts, .itself].contains(example)
    #expect(figures.isEmpty != hasChange)
    #expect(Set(figures.map(\.path)).count == figures.count)
    for figure in figures {
      #expect(figure.path.hasSuffix(".svg"))
      #expect(figure.path.split(separator: "/").count == 2, "\(figure.path)")
      let reader = SVGReader()
      let parser = XMLParser(data: Data(figure.bytes))
      parser.delegate = reader
      #expect(parser.parse(), "\(figure.path): \(String(describing: parser.parserError))")
      #expect(reader.elements.first == "svg")
      let known: Set = ["svg", "title", "desc", "style", "rect", "text", "line", "polyline"]
      #expect(known.isSuperset(of: reader.elements))
      #expect(reader.badNumbers.isEmpty, "\(reader.badNumbers)")
      #expect(reader.elements.count { $0 == "rect" || $0 == "polyline" } > 1)
      let text = String(decoding: figure.bytes, as: UTF8.self)
      #expect(text.contains("prefers-color-scheme: dark"))
      #expect(!text.contains("href") && !text.contains("<script"))
      let sheets = text.components(separatedBy: "@media")
      for name in reader.classes where !["series", "dashed", "heading"].contains(name) {
        for sheet in sheets { #expect(sheet.contains(".\(name) {") || sheet.contains(".\(name){"), "\(name)") }
      }
    }
  }

  @Test func `A heatmap has a cell for every head and panel`() throws {
    let analysis = Examples.masked.analysis
    let files = try ReportFiles.all(analysis)
    #expect(
      files.map(\.path).sorted() == [
        "analysis.json", "blocks.csv", "figures/heads-after-to-after.svg",
        "figures/heads-after-to-before.svg", "figures/products.svg",
        "figures/shares-by-layer.svg", "figures/stream.svg", "report.html", "report.md",
      ])
    let map = try #require(files.first { $0.path == "figures/heads-after-to-before.svg" })
    let text = String(decoding: map.bytes, as: UTF8.self)
    for layer in 0..<6 {
      for head in 0..<4 {
        #expect(text.components(separatedBy: "<title>L\(layer)H\(head): ").count == 4 + 1)
      }
    }
  }

  @Test(arguments: [(1, 1), (2, 2), (30, 9), (80, 64)])
  func `Figures fit a page and the largest models load`(layers: Int, heads: Int) throws {
    let analysis = SyntheticAnalysis.make {
      $0.layers = layers
      $0.heads = heads
    }.withParts(isKeyTrained: true)
    for file in try ReportFiles.all(analysis) where file.path.hasPrefix("figures/") {
      let reader = SVGReader()
      let parser = XMLParser(data: Data(file.bytes))
      parser.delegate = reader
      #expect(parser.parse())
      let width = try #require(reader.width)
      #expect(width > 200 && width < 1100, "\(file.path)")
      #expect(file.bytes.count < 1_500_000, "\(file.path)")
      #expect(reader.overflows.isEmpty, "\(file.path): \(reader.overflows.prefix(3))")
    }
  }

  @Test func `A zero is a dot, and a negative share hangs below the line`() throws {
    var analysis = Examples.masked.analysis
    let map = try text("figures/heads-after-to-before.svg", of: analysis)
    #expect(map.components(separatedBy: "class=\"none\"><title>L").count == 2 * 24 + 1)
    for index in analysis.summary.indices where analysis.summary[index].layer == 3 {
      for (term, share) in zip(Term.allCases, [-0.5, 1.5, 0]) {
        analysis.summary[index].raw.terms[term.rawValue].share = share
      }
    }
    let bars = try text("figures/shares-by-layer.svg", of: analysis)
    #expect(bars.contains(#/<title>L3, \d+ % of the change: dKᵀQ −50 %<\/title>/#))
    #expect(bars.contains(">−100 %<") == false && bars.contains(">100 %<"))
  }

  @Test func `Names that differ in case only have files of their own`() throws {
    var analysis = Examples.plain.analysis
    analysis.regions = ["user", "User"]
    for index in analysis.blocks.indices {
      analysis.blocks[index].query = "user"
      analysis.blocks[index].key = analysis.blocks[index].key == "before" ? "user" : "User"
    }
    for index in analysis.summary.indices {
      analysis.summary[index].query = "user"
      analysis.summary[index].key = analysis.summary[index].key == "before" ? "user" : "User"
    }
    let paths = try ReportFiles.all(analysis).map { $0.path.lowercased() }
    #expect(Set(paths).count == paths.count)
  }

  private func text(_ path: String, of analysis: Analysis) throws -> String {
    let file = try #require(try ReportFiles.all(analysis).first { $0.path == path })
    return String(decoding: file.bytes, as: UTF8.self)
  }

  @Test(arguments: Examples.all)
  func `The report links to every figure and to no other`(_ example: Examples) throws {
    let files = try ReportFiles.all(example.analysis)
    let report = try #require(files.first { $0.path == "report.md" })
    let text = String(decoding: report.bytes, as: UTF8.self)
    let links = text.components(separatedBy: "](").dropFirst().map { String($0.prefix { $0 != ")" }) }
      .filter { $0.hasPrefix("figures/") }
    #expect(links.sorted() == files.map(\.path).filter { $0.hasPrefix("figures/") }.sorted())
  }
}

/// Element names and coordinates of an SVG.
private final class SVGReader: NSObject, XMLParserDelegate {
  var elements: [String] = []
  var badNumbers: [String] = []
  var classes: Set<String> = []
  var width: Double?
  /// Shapes that reach beyond the drawing.
  var overflows: [String] = []
  private var height = 0.0

  func parser(
    _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
    attributes: [String: String] = [:]
  ) {
    elements.append(name)
    classes.formUnion((attributes["class"] ?? "").split(separator: " ").map(String.init))
    note(name, attributes.compactMapValues(Double.init))
    for key in ["x", "y", "x1", "x2", "y1", "y2", "width", "height"] {
      guard let text = attributes[key] else { continue }
      let isSize = key == "width" || key == "height"
      guard let value = Double(text), value.isFinite, !isSize || value >= 0 else {
        badNumbers.append("\(name) \(key)=\(text)")
        continue
      }
    }
    for point in (attributes["points"] ?? "").split(whereSeparator: { $0 == " " || $0 == "," }) {
      if Double(point)?.isFinite != true { badNumbers.append("\(name) points \(point)") }
    }
  }

  private func note(_ name: String, _ numbers: [String: Double]) {
    if name == "svg" {
      width = numbers["width"]
      height = numbers["height"] ?? 0
    }
    let right = max((numbers["x"] ?? 0) + (numbers["width"] ?? 0), numbers["x2"] ?? 0)
    let bottom = max((numbers["y"] ?? 0) + (numbers["height"] ?? 0), numbers["y2"] ?? 0)
    if right > (width ?? 0) || bottom > height { overflows.append("\(name) to \(right), \(bottom)") }
  }
}
