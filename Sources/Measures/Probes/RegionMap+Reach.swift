import Architectures
import Attribution
import PairedForward
import Results

extension RegionMap {
  /// By block, the pairs that a head has; none where no heads are.
  func pairs(_ attention: AttentionDescription) -> [Int] {
    let pairs = pairs { attention.firstKey(of: $0) }
    return attention.queryHeads > 0 ? pairs : pairs.map { _ in 0 }
  }

  /// By ``Term``'s raw value and block, whether a layer's reach allows the term to be other than zero at any pair.
  /// - Parameter hasBoth: Whether there is a term with both changes; at the midpoint there is none.
  func possibleTerms(_ reach: ChangeReach.Layer, _ attention: AttentionDescription, hasBoth: Bool) -> [[Bool]] {
    let firstKey = { attention.firstKey(of: $0) }
    let always = { (_: Int) in true }
    let query = { (position: Int) in reach.query[position] }
    let key = { (position: Int) in reach.key[position] }
    let both = hasPair(query: query, key: key, firstKey: firstKey)
    return [
      hasPair(query: always, key: key, firstKey: firstKey), hasPair(query: query, key: always, firstKey: firstKey),
      hasBoth ? both : both.map { _ in false },
    ]
  }

  /// The same with a sink behind the regions of keys, where every term is zero.
  func withSinks(_ reach: [TermReach]) -> [TermReach] {
    runs.indices.flatMap { query in
      let own = reach[query * runs.count..<(query + 1) * runs.count]
      return own + [TermReach(sinkBeside: own)]
    }
  }

  /// By block, which terms can be other than zero there, and which at any key that the same queries see.
  func termReach(_ reach: ChangeReach.Layer, _ attention: AttentionDescription, hasBoth: Bool) -> [TermReach] {
    // By query, whether it sees a key that can change.
    var latest = -1
    let sees = reach.key.indices.map { position in
      if reach.key[position] { latest = position }
      return latest >= attention.firstKey(of: position)
    }
    func hasPair(_ query: (Int) -> Bool) -> [Bool] {
      self.hasPair(query: query, key: { _ in true }, firstKey: { attention.firstKey(of: $0) })
    }
    let block = possibleTerms(reach, attention, hasBoth: hasBoth)
    let row = [hasPair { sees[$0] }, block[Term.KtdQ.rawValue], hasPair { hasBoth && sees[$0] && reach.query[$0] }]
    return block[0].indices.map { index in
      TermReach(block: block.map { $0[index] }, row: row.map { $0[index] })
    }
  }
}
