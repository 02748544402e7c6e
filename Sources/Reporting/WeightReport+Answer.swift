import Results

/// The answer in plain words.
extension WeightReport {
  /// A verdict on each form and on the weights.
  var verdicts: [String] {
    if analysis.adapted.isBase { return ["The base was compared with itself. Every change is exactly zero."] }
    guard changes else { return ["**No weight of any layer changes**: every number here is exactly zero."] }
    if analysis.forms.isEmpty { return ["**Forms of heads are left out**; the notes say why.", weightVerdict] }
    return FormKind.allCases.map { "**\($0.rawValue) form** (\($0.question)): \(verdict($0))" } + [weightVerdict]
  }

  private func verdict(_ form: FormKind) -> String {
    let pooled = analysis.pooled(form)
    let heads = analysis.heads(form).filter { $0.delta != .zero }
    guard !heads.isEmpty else {
      return "**unchanged**. No weight of its factors, \(form.factors), changes."
    }
    let present = FormTerm.allCases.filter { term in heads.contains { $0[term].size != .zero } }
    var sentences: [String] = []
    let ranked = present.sorted { pooled.shares[$0.rawValue] > pooled.shares[$1.rawValue] }
    let shares = ranked.map { "\($0.symbol(in: form)) \(Numbers.percent(pooled.shares[$0.rawValue]))" }
    if present.count == 1 {
      sentences.append("**all of the change is \(present[0].symbol(in: form))**.")
    } else if let leader = pooled.dominant {
      sentences.append("**\(leader.symbol(in: form)) leads**: \(shares.joined(separator: ", ")).")
    } else {
      sentences.append("**no term leads**: \(shares.joined(separator: ", ")).")
    }
    sentences.append("The change is \(Numbers.percent(pooled.relative)) of the base's form.")
    if let untouched = untouched(form, present) { sentences.append(untouched) }
    sentences.append(acrossLayers(form, hasSeveralTerms: present.count > 1))
    sentences.append(largest(form, heads))
    return sentences.filter { !$0.isEmpty }.joined(separator: " ")
  }

  /// Which factor keeps its weights in every layer.
  private func untouched(_ form: FormKind, _ present: [FormTerm]) -> String? {
    guard present.count == 1, let only = present.first, only != .both else { return nil }
    let (name, zero) =
      switch (form, only) {
      case (.qk, .first): ("key", "dKᵀQ and dKᵀdQ are exactly zero")
      case (.qk, _): ("query", "KᵀdQ and dKᵀdQ are exactly zero")
      case (.ov, .first): ("value", "O·dV and dO·dV are exactly zero")
      case (.ov, _): ("output", "dO·V and dO·dV are exactly zero")
      }
    return "No \(name) weight changes, so \(zero) in every head."
  }

  /// How the verdict differs from layer to layer.
  private func acrossLayers(_ form: FormKind, hasSeveralTerms: Bool) -> String {
    let rows = analysis.layers(form)
    let unchanged = rows.filter { $0.relative == 0 }.compactMap(\.layer)
    let rest = unchanged.isEmpty ? "" : "Nothing changes in \(layers(unchanged))."
    guard hasSeveralTerms, rows.count > 1 else { return rest }
    let changed = rows.filter { $0.relative > 0 }
    let verdicts = FormTerm.allCases.map { Optional($0) } + [nil]
    let groups = verdicts.map { term in (term: term, layers: changed.filter { $0.dominant == term }.compactMap(\.layer))
    }
    .filter { !$0.layers.isEmpty }.sorted { $0.layers.count > $1.layers.count }
    let parts = groups.map { group in
      "\(group.term?.symbol(in: form) ?? "no term") leads in \(group.layers.count) (\(Markdown.runs(group.layers)))"
    }
    if groups.count == 1 {
      let leader = groups[0].term.map { "\($0.symbol(in: form)) leads in every layer" } ?? "No term leads in any layer"
      return [leader + (unchanged.isEmpty ? "." : " that changes."), rest].filter { !$0.isEmpty }.joined(separator: " ")
    }
    return ["Of the \(changed.count) layers that change, \(parts.joined(separator: ", ")).", rest]
      .filter { !$0.isEmpty }.joined(separator: " ")
  }

  private func layers(_ numbers: [Int]) -> String { "layer\(numbers.count == 1 ? "" : "s") \(Markdown.runs(numbers))" }

  private func largest(_ form: FormKind, _ heads: [FormChange]) -> String {
    let ranked = analysis.layers(form).sorted { ($0.relative, $1.layer ?? 0) > ($1.relative, $0.layer ?? 0) }
    guard let layer = ranked.first, let head = sorted(heads).first else { return "" }
    let place = "L\(head.layer)H\(head.head)"
    return """
      It is largest in L\(layer.layer ?? 0) (\(Numbers.percent(layer.relative))), and of all heads in \(place) \
      (\(Numbers.percent(head.relative))).
      """
  }

  /// Heads by the relative size of their change, the largest first.
  func sorted(_ heads: [FormChange]) -> [FormChange] {
    heads.sorted { ($0.relative, $1.layer, $1.head) > ($1.relative, $0.layer, $0.head) }
  }

  private var weightVerdict: String {
    let changed = analysis.weights.filter { $0.frobenius > 0 }
    guard let largest = changed.max(by: { $0.relative < $1.relative }) else { return "**Weights**: none changes." }
    var sentences = [
      """
      **Weights**: \(Numbers.count(changed.count, "weight")) change\(changed.count == 1 ? "s" : "") \
      (\(sites(changed).joined(separator: ", "))), by \(Numbers.percent(median(changed.map(\.relative)))) in the median \
      and at most \(Numbers.percent(largest.relative)) (L\(largest.layer) \(largest.site)).
      """
    ]
    let ranks = changed.map(\.stableRank)
    let width = changed.compactMap(\.rank).max().map { " of at most \($0)" } ?? ""
    sentences.append("A change's stable rank is \(Numbers.size(median(ranks)))\(width) in the median.")
    let directions = changed.compactMap { weight in weight.directions.map { (weight, $0) } }
    let outside = median(directions.map { $1.meanOutsideLeft($0.singularValues) })
    let chance = median(directions.map(\.1.chanceLeft))
    sentences.append(
      """
      The leading directions of a change lie outside the weight's own leading ones by \(Numbers.percent(outside)) of their squared length \
      (a random direction: \(Numbers.percent(chance))).
      """)
    let intruders = directions.count { $0.1.intruders > 0 }
    sentences.append(
      intruders == 0
        ? "None is large enough to stand as an intruder dimension."
        : "In \(Numbers.count(intruders, "weight")) some are large enough to stand as intruder dimensions.")
    return sentences.joined(separator: " ")
  }

  /// The sites of some weights in the order of the forward pass.
  func sites(_ weights: [WeightChange]) -> [String] {
    let known = ["q", "k", "v", "o", "gate", "up", "down"]
    let others = weights.map(\.site).reduce(into: [String]()) { names, name in
      if !known.contains(name), !names.contains(name) { names.append(name) }
    }
    return known.filter { site in weights.contains { $0.site == site } } + others
  }

  /// The middle value, the mean of the two middle ones of an even number.
  func median(_ values: [Double]) -> Double {
    let sorted = values.sorted()
    guard !sorted.isEmpty else { return 0 }
    return (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
  }
}

extension FormKind {
  /// What the form decides.
  fileprivate var question: String { self == .qk ? "where heads look" : "what they pass on" }

  /// Its two factors.
  fileprivate var factors: String { self == .qk ? "queries and keys" : "values and outputs" }
}
