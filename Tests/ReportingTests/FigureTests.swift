import AnalysisFixtures
import Attribution
import Foundation
import Reporting
import Testing

#if canImport(FoundationXML)
  import FoundationXML
#endif

/// The figures: well-formed, self-contained, with finite coordinates.
@Suite struct FigureTests {
  @Test(arguments: Examples.all) func `Every figure is well-formed SVG`(_ example: Examples) throws {
    let figures = try ReportFiles.all(example.analysis).filter { $0.path.hasPrefix("figures/") }
    let hasChange = ![Examples.unchanged, .itself].contains(example)
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
      #expect(reader.elements.filter { $0 == "rect" }.count > 1)
      let text = String(decoding: figure.bytes, as: UTF8.self)
      #expect(text.contains("prefers-color-scheme: dark"))
      #expect(!text.contains("href") && !text.contains("<script"))
    }
  }

  @Test func `A heatmap has a cell for every head and panel`() throws {
    let analysis = Examples.masked.analysis
    let files = try ReportFiles.all(analysis)
    #expect(
      files.map(\.path).sorted() == [
        "analysis.json", "blocks.csv", "figures/heads-after-to-after.svg",
        "figures/heads-after-to-before.svg",
        "figures/shares-by-layer.svg", "figures/stream.svg", "report.md",
      ])
    let map = try #require(files.first { $0.path == "figures/heads-after-to-before.svg" })
    let text = String(decoding: map.bytes, as: UTF8.self)
    for layer in 0..<6 {
      for head in 0..<4 {
        #expect(text.components(separatedBy: "<title>L\(layer)H\(head): ").count == 4 + 1)
      }
    }
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

  func parser(
    _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
    attributes: [String: String] = [:]
  ) {
    elements.append(name)
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
}
