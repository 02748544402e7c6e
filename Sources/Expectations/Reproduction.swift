import Results

/// Two runs on the same prompts.
struct Reproduction {
  var old: Baseline.Run
  var new: Baseline.Run

  func comparisons() throws(ExpectationsError) -> [Comparison] {
    let rows = try MatchedRows.match(old, new) { $0.blocks.map(PooledBlock.init) }
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
          place: Place(row.new), value: now == .structural ? 1 : 0, limit: before == .structural ? 1 : 0,
          margin: holds ? 0 : -1, holds: holds, account: holds ? "" : "is \(now.words), was \(before.words)")
      }
    }
    return shares + [size] + zeros
  }

  private func compare(_ subject: String, _ rows: [MatchedRows], _ finding: (MatchedRows) -> Finding)
    -> Comparison
  {
    Comparison(
      subject: "\(subject), same prompts", requirement: "as in \(old.file)", findings: rows.map(finding))
  }

  private func difference(_ row: MatchedRows, _ before: Double, _ now: Double, allowed: Double) -> Finding {
    let margin = allowed - abs(now - before)
    return Finding(
      place: Place(row.new), value: now, limit: before, margin: margin, holds: margin >= 0,
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
