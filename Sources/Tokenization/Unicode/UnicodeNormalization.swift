import Foundation
import RegularExpressions

/// The four normalization forms of Unicode Standard Annex 15 on scalars, frozen at the version the library knows.
///
/// Foundation gives the decomposition of single characters; the rest is done here, because Foundation's composition is
/// neither frozen nor right for every pair.
struct UnicodeNormalization: Sendable, Equatable {
  /// NFKC and NFKD: also replace characters by compatible ones (ﬁ by fi).
  var compatibility: Bool
  /// NFC and NFKC: compose again after decomposing.
  var composes: Bool

  /// The version whose tables the library has.
  private static let version = 9

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
    let mapped =
      compatibility
      ? text.decomposedStringWithCompatibilityMapping : text.decomposedStringWithCanonicalMapping
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
    var result: [Unicode.Scalar] = []
    result.reserveCapacity(text.count)
    var starter: Int?
    var lastClass: UInt8 = 0
    for mark in text {
      if let position = starter {
        let adjacent = position == result.count - 1
        if adjacent || lastClass < mark.combiningClass,
          let composed = composition(of: result[position], mark.scalar)
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

  /// The character that two make, or nil.
  private static func composition(of first: Unicode.Scalar, _ second: Unicode.Scalar) -> Unicode.Scalar? {
    switch (first.value, second.value) {
    case (_, 0..<0x300): nil
    case (0x1100...0x1112, 0x1161...0x1175):
      Unicode.Scalar(0xAC00 + ((first.value - 0x1100) * 21 + second.value - 0x1161) * 28)
    case (0xAC00...0xD7A3, 0x11A8...0x11C2) where (first.value - 0xAC00) % 28 == 0:
      Unicode.Scalar(first.value + second.value - 0x11A7)
    default: pairs[[first, second]]
    }
  }

  /// All characters that compose but Hangul syllables, by their two parts: the last mark and what the others make.
  private static let pairs: [[Unicode.Scalar]: Unicode.Scalar] = {
    let candidates = [0xC0..<0x3100, 0x11000..<0x12000].joined().compactMap { Unicode.Scalar(UInt32($0)) }
    var byDecomposition: [[Unicode.Scalar]: Unicode.Scalar] = [:]
    for scalar in candidates where !scalar.properties.isFullCompositionExclusion {
      guard scalar.exists(inVersion: version) else { continue }
      let decomposition = Array(String(scalar).decomposedStringWithCanonicalMapping.unicodeScalars)
      if decomposition.count > 1 { byDecomposition[decomposition] = scalar }
    }
    var pairs: [[Unicode.Scalar]: Unicode.Scalar] = [:]
    for (decomposition, scalar) in byDecomposition {
      let head = Array(decomposition.dropLast())
      if let last = decomposition.last, let first = head.count == 1 ? head.first : byDecomposition[head] {
        pairs[[first, last]] = scalar
      }
    }
    return pairs
  }()
}
