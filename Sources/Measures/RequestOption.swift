import Results
import StrictJSON

/// Something that an analysis can be asked for: one entry of ``AnalysisRequest``.
package struct RequestOption: Sendable {
  /// On the command line.
  package let name: String
  /// In the head of a part, and in ``AnalysisRequest``.
  package let member: String
  /// The words of a command; none where it is as usual.
  package let arguments: @Sendable (AnalysisRequest) -> [String]
  /// As JSON; nil where there is none.
  package let value: @Sendable (AnalysisRequest) -> Any?
  /// Reads it from an object.
  package let read: @Sendable (inout AnalysisRequest, JSONReader) throws(JSONMemberError) -> Void
  /// Which numbers it takes; nil where it takes none.
  private(set) var count: (path: KeyPath<AnalysisRequest, Int> & Sendable, allowed: ClosedRange<Int>)?

  /// All of them, in the order of a command.
  package static let all = [
    parts,
    flag("--writers", word: "heads", "writersByHead", \.writersByHead) { $0.parts.contains(.writers) },
    choice("--reference", "reference", usual: ReferencePoint.base.rawValue, \.reference.rawValue) { request, word in
      ReferencePoint(rawValue: word).map { request.reference = $0 } != nil
    },
    count("--null", "nulls", \.nulls, AnalysisRequest.allowedNulls),
    count("--pairs", "pairs", \.pairs, AnalysisRequest.allowedPairs),
    choice("--null-match", "nullMatch", where: { $0.nulls > 0 }, { $0.nullMatch?.rawValue }) { request, word in
      NullMatch(rawValue: word).map { request.nullMatch = $0 } != nil
    },
    flag("--loss", "loss", \.computesLoss),
    flag("--per-prompt", "perPrompt", \.keepsPrompts),
  ]

  private static let parts = RequestOption(
    name: "--parts", member: "parts",
    arguments: { request in
      guard request.parts != AnalysisRequest.usualParts else { return [] }
      let names = AnalysisPart.allCases.filter(request.parts.contains).map(\.rawValue)
      return ["--parts", names.isEmpty ? "none" : names.joined(separator: ",")]
    },
    value: { $0.parts.map(\.rawValue).sorted() },
    read: { request, reader throws(JSONMemberError) in
      request.parts = []
      for name in try reader.optionalStrings("parts") ?? [] {
        guard let part = AnalysisPart(rawValue: name) else { throw reader.error("parts", "\(name) is none") }
        request.parts.insert(part)
      }
    })

  private static func flag(
    _ name: String, word: String? = nil, _ member: String, _ path: WritableKeyPath<AnalysisRequest, Bool> & Sendable,
    where applies: @escaping @Sendable (AnalysisRequest) -> Bool = { _ in true }
  ) -> RequestOption {
    RequestOption(
      name: name, member: member,
      arguments: { $0[keyPath: path] && applies($0) ? [name] + [word].compactMap(\.self) : [] },
      value: { $0[keyPath: path] },
      read: { request, reader throws(JSONMemberError) in
        request[keyPath: path] = try reader.optionalBoolean(member) ?? false
      })
  }

  private static func count(
    _ name: String, _ member: String, _ path: WritableKeyPath<AnalysisRequest, Int> & Sendable,
    _ allowed: ClosedRange<Int>
  ) -> RequestOption {
    var option = RequestOption(
      name: name, member: member,
      arguments: { $0[keyPath: path] > 0 ? [name, "\($0[keyPath: path])"] : [] },
      value: { $0[keyPath: path] },
      read: { request, reader throws(JSONMemberError) in
        request[keyPath: path] = try reader.integer(member, in: allowed)
      })
    option.count = (path, allowed)
    return option
  }

  /// - Parameters:
  ///   - usual: What no word is said for.
  ///   - take: Takes a word; false for one that is none.
  private static func choice(
    _ name: String, _ member: String, usual: String? = nil,
    where applies: @escaping @Sendable (AnalysisRequest) -> Bool = { _ in true },
    _ word: @escaping @Sendable (AnalysisRequest) -> String?,
    _ take: @escaping @Sendable (inout AnalysisRequest, String) -> Bool
  ) -> RequestOption {
    RequestOption(
      name: name, member: member,
      arguments: { request in
        guard applies(request), let own = word(request), own != usual else { return [] }
        return [name, own]
      },
      value: { word($0) },
      read: { request, reader throws(JSONMemberError) in
        guard let word = try reader.optionalString(member) else { return }
        if !take(&request, word) { throw reader.error(member, "\(word) is none") }
      })
  }
}
