import StrictJSON

extension AnalysisShape {
  /// As an object of JSON.
  package var object: [String: Any] {
    asked.object.merging(["layers": layers.map(\.object)]) { $1 }
  }

  /// Reads an object.
  package init(_ reader: JSONReader) throws(JSONMemberError) {
    var layers: [Layer] = []
    for layer in try reader.objects("layers") { layers.append(try Layer(layer)) }
    guard layers.count < 10_000 else { throw reader.error("layers", "no model has as many") }
    self.init(layers: layers, asked: try AnalysisRequest(reader))
  }
}

extension AnalysisShape.Layer {
  /// What a layer has or has not, by the names of members.
  private static let flags: [(member: String, path: WritableKeyPath<Self, Bool> & Sendable)] = [
    ("keyNorm", \.hasKeyNorm), ("queryNorm", \.hasQueryNorm), ("mlp", \.hasMLP), ("gate", \.hasGate),
    ("mixture", \.isMixture), ("sinks", \.hasSinks), ("latents", \.hasLatents), ("ownKeys", \.ownsKeys),
    ("ownValues", \.ownsValues), ("outputGates", \.hasOutputGates), ("inputNorm", \.hasInputNorm),
    ("outputNorm", \.hasOutputNorm), ("input", \.hasInput), ("scale", \.hasScale),
  ]

  fileprivate var object: [String: Any] {
    Self.flags.reduce(into: ["heads": heads, "projections": projections, "stateHeads": stateHeads]) {
      $0[$1.member] = self[keyPath: $1.path]
    }
  }

  fileprivate init(_ reader: JSONReader) throws(JSONMemberError) {
    heads = try reader.integer("heads", in: 0...9_999)
    projections = try reader.optionalStrings("projections") ?? []
    stateHeads = try reader.optionalInteger("stateHeads").map { min(max($0, 0), 9_999) } ?? 0
    for (member, path) in Self.flags { self[keyPath: path] = try reader.optionalBoolean(member) ?? self[keyPath: path] }
  }
}
