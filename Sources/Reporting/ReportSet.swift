import Results

/// The reports of several adapters, each in a folder of its own, with a page beside them that compares them.
package enum ReportSet {
  /// The files of all folders by their path.
  /// - Parameters:
  ///   - names: Of the folders (``folders(_:)``).
  ///   - report: What the comparison links to in each.
  ///   - page: The page that it links to, where there is one.
  ///   - files: By folder, what it holds.
  /// - Throws: ``ResultsError`` where a number is not finite.
  static func files(
    _ names: [String], report: String, page: String? = nil, _ comparison: AdapterComparison,
    _ files: [[(path: String, bytes: [UInt8])]]
  ) throws(ResultsError) -> [(path: String, bytes: [UInt8])] {
    var all = try ComparisonFiles.all(
      comparison, links: names.map { "\($0)/\(report)" }, pages: names.map { name in page.map { "\(name)/\($0)" } })
    for (name, own) in zip(names, files) { all += own.map { ("\(name)/\($0.path)", $0.bytes) } }
    return all
  }

  /// Names of folders for adapters: their own, and where two are alike in a file system that ignores case, with a number.
  package static func folders(_ names: [String]) -> [String] {
    var taken: Set = [
      ComparisonFiles.report, ComparisonFiles.page, ComparisonFiles.json, ComparisonFiles.table, ReportFigure.folder,
    ]
    return names.map { name in
      let plain =
        name.unicodeScalars.contains { $0 == "/" || $0 == "\0" } || [".", "..", ""].contains(name) ? "adapter" : name
      let candidates = [plain] + (2..<names.count + 3).map { "\(plain)-\($0)" }
      let own = candidates.first { !taken.contains($0.lowercased()) } ?? plain
      taken.insert(own.lowercased())
      return own
    }
  }

  /// What of a folder's contents belongs to no report or set of reports, and so is somebody's own.
  /// - Parameters:
  ///   - paths: All files and folders in it, by their path inside.
  ///   - mark: The file that makes a folder a report's.
  ///   - isOwn: Whether a report holds a file or a folder of a path.
  static func foreign(in paths: [String], mark: String, isOwn: (String) -> Bool) -> String? {
    let folders = Set(paths.filter { paths.contains("\($0)/\(mark)") && !$0.contains("/") })
    return paths.sorted().first { path in
      if ComparisonFiles.contains(path) || folders.contains(path) { return false }
      guard let slash = path.firstIndex(of: "/"), folders.contains(String(path[..<slash])) else { return !isOwn(path) }
      return !isOwn(String(path[path.index(after: slash)...]))
    }
  }
}
