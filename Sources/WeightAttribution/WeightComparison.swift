import Architectures
import Checkpoints
import LinearAlgebra
import Results

/// A projection under the name of its site.
struct WeightSite {
  let name: String
  let projection: Projection

  /// The sites of a layer in the order of the forward pass.
  static func all(_ layer: LayerDescription) -> [WeightSite] {
    let attention = layer.attention
    // A gate of the heads' outputs comes from the same weight as queries.
    let query = attention.gate == nil ? attention.query : Projection(attention.query.linear)
    let recurrence = layer.recurrence.map {
      ($0.inputs + [$0.output]).map { WeightSite(name: $0.name, projection: Projection($0)) }
    }
    // What is another layer's, or keys' and values' at once, is told once.
    let isOwn = attention.keysOfLayer == nil
    let sites =
      recurrence ?? [WeightSite(name: "q", projection: query)]
      + (isOwn ? [WeightSite(name: "k", projection: attention.key)] : [])
      + (isOwn && !attention.valuesAreKeys ? [WeightSite(name: "v", projection: attention.value)] : [])
      + [WeightSite(name: "o", projection: Projection(attention.output))]
    // Of a mixture those of what stands beside the experts, the router's, and those of every expert.
    let mixture = [layer.experts?.router, layer.experts?.sharedGate].compactMap(\.self).map {
      WeightSite(name: "router", projection: Projection($0))
    }
    let latents = [attention.latent?.query, attention.latent?.keyValue]
    let lowering = zip(["q", "k"], latents).compactMap { name, step in
      step.map { WeightSite(name: name, projection: Projection($0.linear)) }
    }
    let input = layer.input.map { [$0.gate, $0.projection] } ?? []
    return lowering + sites + (layer.mlp.map(all) ?? []) + mixture + (layer.experts?.experts.flatMap(all) ?? [])
      + input.map { WeightSite(name: $0.name, projection: Projection($0)) }
  }

  private static func all(_ mlp: MLPDescription) -> [WeightSite] {
    (mlp.gate.map { [WeightSite(name: "gate", projection: $0)] } ?? []) + [
      WeightSite(name: "up", projection: mlp.up), WeightSite(name: "down", projection: Projection(mlp.down)),
    ]
  }
}

/// Compares one weight with its change. The weight is widened for as long as this takes; a low-rank dW is never formed.
struct WeightComparison {
  let reader: WeightReader
  let workers: Workers

  /// The change of a site, nil where the module's weight is not changed at all.
  func compare(_ site: WeightSite, layer: Int) throws(WeightAttributionError) -> WeightChange? {
    let (linear, rows) = (site.projection.linear, site.projection.rows)
    guard reader.changes(linear) else { return nil }
    let model = reader.model
    let weight = try Matrix.formed(linear, rows, workers) { rows, target throws(CheckpointError) in
      try model.weight(linear, rows: rows, into: target)
    }
    let place = "\(linear.module).weight"
    guard let spectrum = try spectrum(linear, rows) else { throw .decomposition(place: place) }
    let isLowRank = reader.adaptation.linears[linear.module]?.dense == nil
    var result = WeightChange(
      layer: layer, site: site.name, module: linear.module, outputs: rows.count, inputs: linear.inputs,
      rank: isLowRank ? reader.lowRank(linear).reduce(0) { $0 + $1.rank } : nil,
      baseFrobenius: weight.squaredNorm(workers).squareRoot(), frobenius: spectrum.squaredNorm.squareRoot(),
      singularValues: [], stableRank: 0, effectiveRank: 0, directions: nil)
    guard spectrum.squaredNorm > 0 else { return result }
    result.singularValues = Array(
      spectrum.values.prefix(ChangeSpectrum.shown).prefix { $0 > spectrum.values[0] * 1e-9 })
    result.stableRank = spectrum.stableRank
    result.effectiveRank = spectrum.effectiveRank
    guard let directions = directions(of: spectrum, in: weight) else { throw .decomposition(place: place) }
    result.directions = directions
    return result
  }

  private func spectrum(
    _ linear: Linear, _ rows: RowSelection
  ) throws(WeightAttributionError) -> ChangeSpectrum? {
    let parts = reader.lowRank(linear)
    guard let dense = reader.adaptation.linears[linear.module]?.dense else {
      return ChangeSpectrum(lowRank: parts, rows: rows, inputs: linear.inputs)
    }
    let change = try Matrix.formed(linear, rows, workers, dense.form)
    for part in parts {
      let up = Matrix(
        rows: rows.count, columns: part.rank,
        rows.runs.flatMap { part.b[$0.lowerBound * part.rank..<$0.upperBound * part.rank] })
      let down = Matrix(rows: part.rank, columns: linear.inputs, part.a)
      multiply(up.view, down.view, into: change.view, alpha: Float(part.scale), beta: 1)
    }
    return ChangeSpectrum(dense: change, workers: workers)
  }

  /// Holds dW's leading singular vectors against W's leading singular subspaces.
  private func directions(of change: ChangeSpectrum, in weight: Matrix) -> WeightChange.LeadingDirections? {
    let count = min(WeightChange.LeadingDirections.basisLimit, max(1, min(weight.rows, weight.columns) / 4))
    guard let base = LeadingSubspace(of: weight, count: count, workers: workers) else { return nil }
    let (left, right) = (outside(change.left, base.left), outside(change.right, base.right))
    let last = base.values.last ?? 0
    return WeightChange.LeadingDirections(
      basis: count, baseSingularValues: base.values, outsideLeft: left, outsideRight: right,
      chanceLeft: 1 - Double(count) / Double(weight.rows), chanceRight: 1 - Double(count) / Double(weight.columns),
      intruders: zip(left, change.values).count { $0 > 0.75 && $1 > last })
  }

  /// 1 − ‖basisᵀ·v‖² for each column v.
  private func outside(_ vectors: DoubleMatrix, _ basis: DoubleMatrix) -> [Double] {
    let inner = basis.times(vectors, transposed: true)
    return (0..<inner.columns).map { max(0, 1 - inner.columns($0..<$0 + 1).squaredNorm) }
  }
}
