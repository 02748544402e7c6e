import Results

/// What figures of a page show, as comma-separated values.
enum PageCSV {
  /// How far the stream moved.
  static func stream(_ analysis: Analysis) -> String {
    let rows = analysis.stream.map { row in
      ["\(row.layer)", row.region, "\(row.relative)"] + [row.median, row.cosine].map { $0.map { "\($0)" } ?? "" }
    }
    return CSV.text([["layer", "region", "relative", "median", "cosine"]] + rows)
  }

  /// The products of all layers, by the share of each of their three terms.
  static func products(_ analysis: Analysis) -> String {
    let rows = (analysis.products ?? []).map { row in
      ["\(row.layer)", row.site.rawValue, row.region, ScriptJSON.number(row.delta)]
        + row.parts.map { ScriptJSON.number($0.share) }
    }
    return CSV.text([["layer", "site", "region", "rms", "dW·x", "W·dx", "dW·dx"]] + rows)
  }
}
