import Foundation
import Yams

extension YAMLMapping {
  /// Layers or heads: `7`, `4-9`, `20-`, `all` or a list of these; all where absent.
  func indices(_ name: String) throws(ExpectationsError) -> IndexSelection {
    guard let node = node(name) else { return .all }
    switch node {
    case .scalar(let scalar) where scalar.string == "all":
      return .all
    case .scalar(let scalar):
      return IndexSelection(runs: [try run(scalar.string, node, name)])
    case .sequence(let items):
      guard !items.isEmpty else { throw error(name, "the list is empty; leave \(name) out to select all") }
      var runs: [IndexSelection.Run] = []
      for item in items {
        guard case .scalar(let scalar) = item else {
          throw .at(item, file, "\(name): an index such as 7 or 4-9 is expected, \(item.kind) was found")
        }
        runs.append(try run(scalar.string, item, name))
      }
      return IndexSelection(runs: runs)
    default:
      throw error(name, "an index, a range or a list is expected, \(node.kind) was found")
    }
  }

  private func run(_ text: String, _ node: Node, _ name: String) throws(ExpectationsError)
    -> IndexSelection.Run
  {
    let ends = text.split(separator: "-", omittingEmptySubsequences: false)
      .map { $0.trimmingCharacters(in: .whitespaces) }
    let indices = ends.map { $0.allSatisfy { "0"..."9" ~= $0 } ? Int($0) : nil }
    switch (indices.count, indices.first ?? nil, indices.last ?? nil) {
    case (1, let index?, _): return .closed(index...index)
    case (2, let first?, let last?) where first <= last: return .closed(first...last)
    case (2, let first?, let last?):
      throw .at(node, file, "\(name): the range \(text) is empty; write \(last)-\(first)")
    case (2, let first?, nil) where ends.last?.isEmpty == true: return .from(first)
    default:
      throw .at(
        node, file,
        "\(name): an index such as 7, 4-9 or 20- (counted from 0), or all, is expected, \(node.kind) was found"
      )
    }
  }
}
