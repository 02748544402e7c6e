import Architectures
import Safetensors

/// A head that `ensure_weight_tying` ties to a low-rank change of the token table (PEFT, `LoraModel._create_and_replace`): its A is
/// the table's Bᵀ, its B the table's Aᵀ.
extension AdapterReader {
  /// Whether the head follows the token table so.
  var isLowRankTied: Bool { base.isHeadTied && configuration.tying == .lowRank }

  /// No tensors of the head's own, where it follows all the same.
  var tiedRoles: [AdapterTensors.Role: Tensor]? { isLowRankTied ? [:] : nil }

  /// The head's low-rank part, with its own scaling.
  func tiedLowRank(_ roles: [AdapterTensors.Role: Tensor]) throws(CheckpointError) -> LowRank {
    let table = description.embedding.tokens
    let rank = configuration.rank(of: tensors.spellings(of: table.module))
    guard let down = tensors.modules[table.module]?[.embeddingDown],
      let up = tensors.modules[table.module]?[.embeddingUp]
    else {
      throw missing("\(table.module).lora_embedding_A", [rank, table.rows], because: "ensure_weight_tying")
    }
    try check(down, [rank, table.rows], of: table.module, Self.rankMembers)
    try check(up, [table.columns, rank], of: table.module, Self.rankMembers)
    let part = LowRank(
      rank: rank, scale: configuration.scale(of: tensors.spellings(of: head.module)),
      a: transposed(try floats(up), rows: table.columns), b: transposed(try floats(down), rows: rank))
    for (own, values, source) in [(roles[.down], part.a, up), (roles[.up], part.b, down)] {
      guard let own else { continue }
      try tensors.requireTied(own, to: source, try floats(own) == values)
    }
    return part
  }

  private func transposed(_ values: [Float], rows: Int) -> [Float] {
    let columns = values.count / rows
    return (0..<values.count).map { values[$0 % rows * columns + $0 / rows] }
  }
}
