import Architectures
import Checkpoints
import Vocabulary

@testable import PairedForward
@testable import ReferenceForward

/// Everything that a pass showed of a run, held to two plain double-precision runs, row by row.
struct PassComparison {
  let test: PassCase
  let recorder: Recorder
  var agreement = Agreement()
  let tolerance: Double

  private var model: ModelDescription { test.model.description }

  init(_ test: PassCase, _ recorder: Recorder) {
    (self.test, self.recorder) = (test, recorder)
    let layers = test.model.description.layers
    // Sums as long as the widest input, once a layer; beside the largest value of their kind.
    let widest = layers.flatMap(\.linears).map(\.inputs).max() ?? 0
    tolerance = Double((layers.count + 1) * widest) * epsilon
  }

  /// Holds one prompt under one run to its reference.
  mutating func check(_ run: Int, prompt: Int) throws {
    let (_, base) = try test.reference(nil, prompt: prompt)
    let (changedModel, changed) = try test.reference(run, prompt: prompt)
    let tokens = test.prompts[prompt].tokens.count
    for (number, layer) in model.layers.enumerated() {
      func key(_ what: Recorder.Key.What, _ head: Int = 0, run: Int? = run) -> (Int) -> Recorder.Key {
        { Recorder.Key(what: what, run: run, layer: number, prompt: prompt, head: head, position: $0) }
      }
      let (a, b) = (base.layers[number], changed.layers[number])
      check(key(.stream, run: nil), a.stream, tokens)
      check(key(.streamChange), difference(b.stream, a.stream), tokens)
      for head in 0..<layer.attention.queryHeads {
        check(layer.attention, head, a, b, tokens) { key($0, head, run: $0 == .pattern ? nil : run) }
      }
      try checkSources(layer.attention, changedModel, a, b, tokens) { key($0, $1) }
      try checkProducts(layer, changedModel, a, b, tokens) { key($0) }
    }
    let logits = { (what: Recorder.Key.What, run: Int?) in
      { Recorder.Key(what: what, run: run, layer: 0, prompt: prompt, position: $0) }
    }
    // The last token predicts nothing that a prompt has.
    let shown = (tokens - 1) * model.vocabularySize
    guard shown > 0 else { return }
    check(logits(.logits, nil), Array(base.logits.prefix(shown)), tokens - 1)
    check(logits(.logitChange, run), difference(changed.logits, base.logits).dropLast(model.vocabularySize), tokens - 1)
  }

  private static func largest(_ values: some Sequence<Double>) -> Double { values.reduce(0) { max($0, abs($1)) } }

  private func difference(_ a: [Double], _ b: [Double]) -> [Double] { zip(a, b).map { $0 - $1 } }

  /// Compares a matrix with the rows that were shown; one that was not shown has to be zero.
  /// - Parameter scale: How large the numbers are that these were summed from, where that is more than they show.
  private mutating func check(
    _ key: (Int) -> Recorder.Key, _ expected: [Double], _ tokens: Int, scale: Double = 0
  ) {
    let width = expected.count / tokens
    check(key, (0..<tokens).map { Array(expected[$0 * width..<($0 + 1) * width]) }, scale: scale)
  }

  private mutating func check(_ key: (Int) -> Recorder.Key, _ expected: [[Double]], scale: Double = 0) {
    let largest = max(scale, Self.largest(expected.joined()))
    for (position, row) in expected.enumerated() {
      let place = key(position)
      guard let shown = recorder.rows[place] else {
        let size = row.reduce(0) { max($0, abs($1)) }
        agreement.check(0, size, within: 0, "\(place) was not shown")
        continue
      }
      agreement.check(Float(shown.count), Double(row.count), within: 0, "columns of \(place)")
      guard shown.count == row.count else { continue }
      agreement.check(shown, row, within: tolerance * largest, "\(place)")
    }
  }

  /// Operands, terms and patterns of a head.
  private mutating func check(
    _ attention: AttentionDescription, _ head: Int, _ a: ReferenceLayer, _ b: ReferenceLayer, _ tokens: Int,
    _ key: (Recorder.Key.What) -> (Int) -> Recorder.Key
  ) {
    let rows = (0..<tokens).map {
      ScoreRow(attention, base: a, adapted: b, head: head, query: $0, tokens: tokens)
    }
    func padded(_ values: (ScoreRow) -> [Double]) -> [[Double]] {
      rows.map { row in [Double](repeating: 0, count: row.keys.lowerBound) + values(row) }
    }
    check(key(.pattern), padded(\.before))
    check(key(.patternChange), padded { difference($0.after, $0.before) })
    let d = attention.headDimension
    let group = attention.keyValueHead(of: head)
    func part(_ values: [Double], _ head: Int, width: Int = 0) -> [Double] {
      let size = tokens * (width == 0 ? d : width)
      return Array(values[head * size..<(head + 1) * size])
    }
    let (dq, dk) = (difference(b.queries, a.queries), difference(b.keys, a.keys))
    let size = { (x: [Double], y: [Double]) in attention.scale * Self.largest(x) * Self.largest(y) * Double(d) }
    check(key(.dKtQ), padded { $0.terms.map(\.x) }, scale: size(dk, a.queries))
    check(key(.KtdQ), padded { $0.terms.map(\.y) }, scale: size(dq, a.keys))
    check(key(.dKtdQ), padded { $0.terms.map(\.z) }, scale: size(dq, dk))
    check(key(.queryChange), part(dq, head), tokens, scale: Self.largest(dq))
    check(key(.keyChange), part(dk, group), tokens, scale: Self.largest(dk))
    let width = attention.valueDimension
    check(
      key(.valueChange),
      difference(part(b.details.values, group, width: width), part(a.details.values, group, width: width)), tokens)
  }

  /// What dq, dk and dv are made of.
  private mutating func checkSources(
    _ attention: AttentionDescription, _ model: ReferenceModel, _ a: ReferenceLayer, _ b: ReferenceLayer, _ tokens: Int,
    _ key: (Recorder.Key.What, Int) -> (Int) -> Recorder.Key
  ) throws {
    let (x, y) = (a.details.attentionInput, b.details.attentionInput)
    let all: [(Operand, OperandSources)] = [
      (.query, try OperandSources(queriesOf: attention, of: model, base: x, adapted: y)),
      (.key, try OperandSources(keysOf: attention, of: model, base: x, adapted: y)),
      (.value, try OperandSources(valuesOf: attention, of: model, base: x, adapted: y)),
    ]
    for (operand, sources) in all {
      let d = operand == .value ? attention.valueDimension : attention.headDimension
      let size = Self.largest(sources.parts.values.joined())
      for source in Source.allCases {
        for head in 0..<attention.queryHeads {
          let group = operand == .query ? head : attention.keyValueHead(of: head)
          let part = sources.parts[source].map { Array($0[group * tokens * d..<(group + 1) * tokens * d]) }
          check(
            key(.source(operand, source), head), part ?? [Double](repeating: 0, count: tokens * d), tokens,
            scale: part == nil ? 0 : size)
        }
      }
    }
  }

  /// The parts of every projection's change.
  private mutating func checkProducts(
    _ layer: LayerDescription, _ model: ReferenceModel, _ a: ReferenceLayer, _ b: ReferenceLayer, _ tokens: Int,
    _ key: (Recorder.Key.What) -> (Int) -> Recorder.Key
  ) throws {
    let attention = layer.attention
    let (c, d) = (a.details, b.details)
    let unchanged = ReferenceModel(model: test.model, adaptation: nil, threads: 2)
    var sites: [(Site, Projection, TokenVectors, TokenVectors)] = [
      (.o, Projection(attention.output), c.mixed, d.mixed)
    ]
    if attention.latent == nil {
      sites += [
        (.q, attention.query, c.attentionInput, d.attentionInput),
        (.k, attention.key, c.attentionInput, d.attentionInput),
        (.v, attention.value, c.attentionInput, d.attentionInput),
      ]
    }
    var factors: (before: MLPFactors, after: MLPFactors)?
    if let mlp = layer.mlp {
      let (before, after) = (
        try MLPFactors(mlp, of: unchanged, reading: c.mlpInput), try MLPFactors(mlp, of: model, reading: d.mlpInput)
      )
      factors = (before, after)
      sites += [
        (.up, mlp.up, c.mlpInput, d.mlpInput), (.down, Projection(mlp.down), before.inner, after.inner),
      ]
      if let gate = mlp.gate { sites.append((.gate, gate, c.mlpInput, d.mlpInput)) }
    }
    for (site, projection, x, other) in sites {
      let dx = other - x
      check(key(.first(site.rawValue)), try model.change(of: projection, at: site, times: x).values, tokens)
      check(key(.second(site.rawValue)), try model.base(projection, times: dx).values, tokens)
      check(key(.both(site.rawValue)), try model.change(of: projection, at: site, times: dx).values, tokens)
    }
    guard let (before, after) = factors, let gate = before.gate, let other = after.gate else { return }
    let (dg, du) = (other - gate, after.up - before.up)
    check(key(.first("gateUp")), (dg * before.up).values, tokens)
    check(key(.second("gateUp")), (gate * du).values, tokens)
    check(key(.both("gateUp")), (dg * du).values, tokens)
  }
}
