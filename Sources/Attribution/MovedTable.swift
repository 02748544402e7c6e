/// Gathers the attention that moved by layer, pair of regions and prompt, summed over heads and queries.
public struct MovedTable: Sums {
  /// By layer and block.
  private var sums: [[PromptSums<Double>]]

  /// An empty table.
  public init(layers: Int, regions: Int) {
    sums = Array(repeating: Array(repeating: PromptSums(), count: regions * regions), count: layers)
  }

  /// Adds prompts, each by block; empty where nothing moved.
  public mutating func add(layer: Int, _ prompts: [[Double]]) {
    for blocks in prompts {
      for block in sums[layer].indices { sums[layer][block].append(blocks.isEmpty ? 0 : blocks[block]) }
    }
  }

  /// Adds the table of later prompts.
  public mutating func merge(_ later: MovedTable) { sums.merge(later.sums) }

  /// Codes all sums.
  public mutating func code(_ coder: inout SumsCoder) throws(SumsError) { try sums.code(&coder) }

  /// By prompt.
  public func prompts(layer: Int, block: Int) -> [Double] { sums[layer][block].all }
}

extension Double: AdditiveSums {
  /// Codes its bits.
  public mutating func code(_ coder: inout SumsCoder) throws(SumsError) { try coder.code(&self) }
}
