import Attribution
import Measures
import Results

extension AnalysisFrame {
  /// What each prompt contributes to the pooled rows of an adapter; of single layers just the attention that moved and what it felt,
  /// unless more was asked for.
  func promptContributions(_ run: Int, _ sums: AnalysisSums, of summary: [PooledBlock]) -> [PromptContribution] {
    let names = adapters[run].blank.regions
    let heads = shape.layers.map(\.heads)
    return summary.compactMap { row in
      guard let query = names.firstIndex(of: row.query), let key = names.firstIndex(of: row.key) else { return nil }
      let layers = row.layer.map { $0..<$0 + 1 } ?? heads.indices
      let block = query * names.count + key
      let all = layers.reduce(0) { $0 + heads[$1] }
      let queries = adapters[run].regionTokens.map { $0[query] * all }
      let moved = sums.measures.moved.map { tables in
        let own = heads.indices.map { layers.contains($0) ? tables[run].prompts(layer: $0, block: block) : [] }
        return queries.enumerated().map { prompt, count in
          layers.reduce(0) { $0 + own[$1][prompt] }
            / Double(max(count, 1))
        }
      }
      let hasEnergies = row.layer == nil || shape.keepsPrompts
      let felt = sums.measures.felt.flatMap {
        $0[run].prompts(layer: row.layer, query: query, key: key)
      }
      if !hasEnergies, moved == nil, felt == nil { return nil }
      let energies = hasEnergies ? sums.blocks[run].energies(layer: row.layer, block: block) : nil
      return PromptContribution(
        layer: row.layer, query: row.query, key: row.key, queries: queries, moved: moved,
        divergence: felt?.map { $0.perQuery(nil) },
        nats: hasEnergies ? felt.map { felt in Term.allCases.map { term in felt.map { $0.perQuery(term) } } } : nil,
        raw: energies?.raw,
        centered: energies?.centered)
    }
  }
}
