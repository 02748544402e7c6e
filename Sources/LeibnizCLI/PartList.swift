import ArgumentParser
import Foundation
import Leibniz

/// Parts of an analysis as `--parts` names them: "sources,mass", "all" or "none".
enum PartList {
  /// "sources, mass, values, products".
  static let known = AnalysisPart.allCases.map(\.rawValue).joined(separator: ", ")

  /// The parts as they would be written.
  static func text(_ parts: Set<AnalysisPart>) -> String {
    parts.isEmpty ? "none" : AnalysisPart.allCases.filter(parts.contains).map(\.rawValue).joined(separator: ",")
  }

  /// Reads a list.
  static func read(_ text: String) throws(ValidationError) -> Set<AnalysisPart> {
    switch text {
    case "all": return Set(AnalysisPart.allCases)
    case "none": return []
    default:
      var parts: Set<AnalysisPart> = []
      for name in text.split(separator: ",", omittingEmptySubsequences: false) {
        let name = name.trimmingCharacters(in: .whitespaces)
        if ["all", "none"].contains(name) { throw ValidationError("\"\(name)\" stands alone in --parts.") }
        guard let part = AnalysisPart(rawValue: name) else {
          throw ValidationError(
            "There is no part \"\(name)\". Known are \(known), with commas between them, or all or none.")
        }
        parts.insert(part)
      }
      return parts
    }
  }
}
