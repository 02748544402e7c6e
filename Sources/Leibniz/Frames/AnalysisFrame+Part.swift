import Results
import StrictJSON

extension AnalysisFrame: PartFrame {
  static let kind = "analysis"

  /// How to make a report of sums, and what each adapter's holds besides; of prompts only some.
  func sections(prompts: Set<Int>, verifications: [Verification]) throws -> [[UInt8]] {
    let own = prompts.sorted().map { index in
      PartPrompt(
        summaries: subjects.map { $0.blank.prompts[index] }, regionTokens: subjects.map { $0.regionTokens[index] },
        tokens: shape.pairs > 0 ? tokens(index) : nil
      ).object(index: index)
    }
    let blanks = try subjects.enumerated().map { index, subject in
      var blank = subject.blank
      blank.prompts = []
      if !verifications.isEmpty { blank.verification = verifications[index] }
      return try AnalysisJSON.bytes(blank)
    }
    let count = subjects.first?.blank.prompts.count ?? 0
    return [jsonLine(shape.object.merging(["kind": Self.kind, "count": count, "prompts": own]) { $1 })] + blanks
  }

  init(_ parts: PartContents) throws(JSONMemberError) {
    let shape = try AnalysisShape(parts.first)
    var blanks: [Analysis] = []
    for bytes in parts.results { blanks.append(try Analysis(json: bytes, file: parts.first.file)) }
    let prompts = try parts.prompts(
      adapters: blanks.count, regions: blanks.map(\.regions.count), hasTokens: shape.pairs > 0)
    self.shape = shape
    subjects = blanks.enumerated().map { run, blank in
      var blank = blank
      blank.prompts = prompts.map { $0.summaries[run] }
      return Subject(blank: blank, regionTokens: prompts.map { $0.regionTokens[run] })
    }
    tokens = { prompts[$0].tokens ?? PromptTokens(ids: []) }
  }

  func empty(within bytes: Int) -> AnalysisSums? {
    let regions = subjects.map { Double($0.blank.regions.count) }.reduce(0) { $0 + $1 * $1 }
    let heads = Double(shape.layers.count) * Double(shape.mostHeads)
    guard heads * regions * Double(1 + shape.nulls) <= Double(bytes) else { return nil }
    return AnalysisSums(shape, regions: subjects.map(\.blank.regions))
  }

  func isSound(_ sums: AnalysisSums, prompts: Int) -> Bool {
    let lengths = subjects.first?.blank.prompts.map(\.tokens) ?? []
    let hasTokens = (sums.pairs ?? []).allSatisfy { $0.isWithin(prompts: lengths) }
    return hasTokens && prompts == lengths.count && hasNullRows(sums)
  }
}

extension AnalysisShape {
  fileprivate var object: [String: Any] {
    [
      "layers": layers.map {
        [
          "heads": $0.heads, "keyNorm": $0.hasKeyNorm, "queryNorm": $0.hasQueryNorm, "mlp": $0.hasMLP,
          "gate": $0.hasGate,
          "mixture": $0.isMixture, "sinks": $0.hasSinks, "latents": $0.hasLatents,
          "ownKeys": $0.ownsKeys, "ownValues": $0.ownsValues,
          "outputGates": $0.hasOutputGates, "projections": $0.projections, "stateHeads": $0.stateHeads,
          "inputNorm": $0.hasInputNorm, "outputNorm": $0.hasOutputNorm, "input": $0.hasInput,
          "scale": $0.hasScale,
        ] as [String: Any]
      }, "parts": parts.map(\.rawValue).sorted(), "loss": computesLoss, "nulls": nulls, "pairs": pairs,
      "perPrompt": keepsPrompts, "writersByHead": writersByHead,
    ]
  }

  fileprivate init(_ reader: JSONReader) throws(JSONMemberError) {
    layers = []
    for layer in try reader.objects("layers") {
      layers.append(
        Layer(
          heads: try layer.integer("heads", in: 0...9_999), hasKeyNorm: try layer.optionalBoolean("keyNorm") ?? false,
          hasQueryNorm: try layer.optionalBoolean("queryNorm") ?? false,
          hasMLP: try layer.optionalBoolean("mlp") ?? true, hasGate: try layer.optionalBoolean("gate") ?? false,
          isMixture: try layer.optionalBoolean("mixture") ?? false,
          hasSinks: try layer.optionalBoolean("sinks") ?? false,
          hasLatents: try layer.optionalBoolean("latents") ?? false,
          ownsKeys: try layer.optionalBoolean("ownKeys") ?? true,
          ownsValues: try layer.optionalBoolean("ownValues") ?? true,
          hasOutputGates: try layer.optionalBoolean("outputGates") ?? false,
          projections: try layer.optionalStrings("projections") ?? [],
          stateHeads: try layer.optionalInteger("stateHeads").map { min(max($0, 0), 9_999) } ?? 0,
          hasInputNorm: try layer.optionalBoolean("inputNorm") ?? true,
          hasOutputNorm: try layer.optionalBoolean("outputNorm") ?? false,
          hasInput: try layer.optionalBoolean("input") ?? false, hasScale: try layer.optionalBoolean("scale") ?? false))
    }
    guard layers.count < 10_000 else { throw reader.error("layers", "no model has as many") }
    parts = Set((try reader.optionalStrings("parts") ?? []).compactMap(AnalysisPart.init))
    computesLoss = try reader.optionalBoolean("loss") ?? false
    nulls = try reader.integer("nulls", in: AnalysisOptions.allowedNulls)
    pairs = try reader.integer("pairs", in: AnalysisOptions.allowedPairs)
    keepsPrompts = try reader.optionalBoolean("perPrompt") ?? false
    writersByHead = try reader.optionalBoolean("writersByHead") ?? false
  }
}
