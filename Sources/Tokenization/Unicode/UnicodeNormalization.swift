import Foundation

/// The four normalization forms of Unicode Standard Annex 15 on scalars, frozen at the version the library knows.
///
/// Foundation gives the mapping of single characters and pairs; ordering and composition are done here, because
/// Foundation's own are neither frozen nor linear in a long run of marks.
struct UnicodeNormalization: Sendable, Equatable {
  /// NFKC and NFKD: also replace characters by compatible ones (ﬁ by fi).
  var compatibility: Bool
  /// NFC and NFKC: compose again after decomposing.
  var composes: Bool

  /// The version whose tables the library has.
  private static let version = 11

  /// O(n log n).
  func normalize(_ text: [Unicode.Scalar]) -> [Unicode.Scalar] {
    let firstAffected: UInt32 = compatibility ? 0xA0 : composes ? 0x300 : 0xC0
    guard text.contains(where: { $0.value >= firstAffected }) else { return text }
    var marked = decompose(text)
    Self.order(&marked)
    return composes ? Self.compose(marked) : marked.map(\.scalar)
  }

  /// A character with its canonical combining class; 0 is a starter.
  private struct Marked {
    var scalar: Unicode.Scalar
    var combiningClass: UInt8
  }

  private func decompose(_ text: [Unicode.Scalar]) -> [Marked] {
    var mappings: [Unicode.Scalar: [Marked]] = [:]
    var result: [Marked] = []
    result.reserveCapacity(text.count)
    for scalar in text {
      if scalar.isASCII {
        result.append(Marked(scalar: scalar, combiningClass: 0))
      } else if let known = mappings[scalar] {
        result += known
      } else {
        let mapping = decomposition(of: scalar)
        mappings[scalar] = mapping
        result += mapping
      }
    }
    return result
  }

  private func decomposition(of scalar: Unicode.Scalar) -> [Marked] {
    guard scalar.exists(inVersion: Self.version) else { return [Marked(scalar: scalar, combiningClass: 0)] }
    let text = String(scalar)
    let mapped = compatibility ? text.decomposedStringWithCompatibilityMapping : text.decomposedStringWithCanonicalMapping
    return mapped.unicodeScalars.map {
      Marked(scalar: $0, combiningClass: $0.properties.canonicalCombiningClass.rawValue)
    }
  }

  /// Sorts every run of marks by combining class, keeping the order of equal ones.
  private static func order(_ text: inout [Marked]) {
    var index = 0
    while index < text.count {
      let start = index
      while index < text.count, text[index].combiningClass != 0 { index += 1 }
      if index - start > 1 {
        // Merge sort is stable in practice, but the standard library does not promise it.
        let run = text[start..<index].enumerated().sorted {
          ($0.element.combiningClass, $0.offset) < ($1.element.combiningClass, $1.offset)
        }
        text.replaceSubrange(start..<index, with: run.map(\.element))
      }
      index += 1
    }
  }

  /// Joins each character with the last starter where a composed character exists and no mark blocks it.
  private static func compose(_ text: [Marked]) -> [Unicode.Scalar] {
    var pairs = PairTable()
    var result: [Unicode.Scalar] = []
    result.reserveCapacity(text.count)
    var starter: Int?
    var lastClass: UInt8 = 0
    for mark in text {
      if let position = starter {
        let adjacent = position == result.count - 1
        if adjacent || lastClass < mark.combiningClass,
          let composed = pairs.composition(of: result[position], mark.scalar)
        {
          result[position] = composed
          continue
        }
      }
      if mark.combiningClass == 0 { starter = result.count }
      lastClass = mark.combiningClass
      result.append(mark.scalar)
    }
    return result
  }

  /// Composed characters by their two parts, remembered.
  private struct PairTable {
    private var known: [UInt64: Unicode.Scalar?] = [:]

    mutating func composition(of first: Unicode.Scalar, _ second: Unicode.Scalar) -> Unicode.Scalar? {
      if second.value < 0x300 { return nil }
      let key = UInt64(first.value) << 32 | UInt64(second.value)
      if let composed = known[key] { return composed }
      let text = String(String.UnicodeScalarView([first, second])).precomposedStringWithCanonicalMapping.unicodeScalars
      let composed = text.count == 1 ? text.first.flatMap { $0.exists(inVersion: version) ? $0 : nil } : nil
      known[key] = .some(composed)
      return composed
    }
  }
}
