import Results

/// Two runs on the same prompts.
struct Reproduction {
  var old: Baseline.Run
  var new: Baseline.Run

  func comparisons() throws(ExpectationsError) -> [Comparison] {
    let rows = try MatchedRows.match(old, new, Place.init) { $0.blocks.map(PooledBlock.init) }
    let shares = Term.allCases.map { term in
      compare("share of \(term.symbol)", rows) { row in
        difference(
          row, row.old.raw[term].share, row.new.raw[term].share, allowed: Baseline.reproductionTolerance)
      }
    }
    let size = compare("rms of ΔS", rows) { row in
      let (before, now) = (row.old.raw.delta.rms, row.new.raw.delta.rms)
      return difference(row, before, now, allowed: Baseline.reproductionTolerance * max(before, now))
    }
    let zeros = Term.allCases.map { term in
      compare("structural zero of \(term.symbol)", rows) { row in
        let (before, now) = (row.old.raw[term].zero, row.new.raw[term].zero)
        let holds = (before == .structural) == (now == .structural)
        return Finding(
          place: row.place, value: now == .structural ? 1 : 0, limit: before == .structural ? 1 : 0,
          margin: holds ? 0 : -1, holds: holds, account: holds ? "" : "is \(now.words), was \(before.words)")
      }
    }
    return try felt() + shares + [size] + zeros
  }

  /// What attention felt, where both runs say it: its size, and the terms' shares.
  private func felt() throws(ExpectationsError) -> [Comparison] {
    guard old.analysis.attention != nil, new.analysis.attention != nil else { return [] }
    let rows = try MatchedRows.match(old, new, \.place) { ($0.attention ?? []).filter { $0.place.head != nil } }
    let tolerance = Baseline.reproductionTolerance
    let size = compare("attention divergence", rows) { row in
      let (before, now) = (row.old.divergence, row.new.divergence)
      return difference(row, before, now, allowed: tolerance * max(before, now))
    }
    return [size]
      + Term.allCases.map { term in
        compare("share of \(term.symbol) in nats", rows) { row in
          // Terms that cancel are as exact as the largest of them.
          let largest = Term.allCases.map { abs(row.old.share($0)) }.max() ?? 0
          return difference(row, row.old.share(term), row.new.share(term), allowed: tolerance * max(1, largest))
        }
      }
  }

  private func compare<Row>(
    _ subject: String, _ rows: [MatchedRows<Row>], _ finding: (MatchedRows<Row>) -> Finding
  ) -> Comparison {
    Comparison(
      subject: "\(subject), same prompts", requirement: "as in \(old.file)", findings: rows.map(finding))
  }

  private func difference<Row>(_ row: MatchedRows<Row>, _ before: Double, _ now: Double, allowed: Double) -> Finding {
    let margin = allowed - abs(now - before)
    return Finding(
      place: row.place, value: now, limit: before, margin: margin, holds: margin >= 0,
      account:
        "has \(now.short(besides: before)), was \(before.short(besides: now)); rounding explains \(allowed.short)"
    )
  }
}

extension ZeroCause? {
  /// After "is" or "was".
  fileprivate var words: String {
    switch self {
    case .structural: "structurally zero"
    case .measured: "zero only in its values"
    case .leak: "a leak"
    case nil: "not zero"
    }
  }
}
