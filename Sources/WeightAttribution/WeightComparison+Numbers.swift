import Architectures
import Checkpoints
import LinearAlgebra
import Results

/// Tensors of a layer that are no linear layer's: a convolution's kernel by channel, and vectors.
extension WeightComparison {
  /// The changes of a layer's tensors that change, each as a matrix whose rows are the first axis.
  func compareNumbers(_ layer: LayerDescription, index: Int) throws(WeightAttributionError) -> [WeightChange] {
    var result: [WeightChange] = []
    for (name, shape) in layer.numbers {
      guard let change = reader.adaptation.numbers[name], let rows = shape.first else { continue }
      let base: [Float]
      do throws(CheckpointError) { base = try reader.model.numbers(name, shape: shape) } catch {
        throw .checkpoint(error)
      }
      result.append(try compare(name, base, change, rows: rows, layer: index))
    }
    return result
  }

  private func compare(
    _ name: String, _ base: [Float], _ change: [Float], rows: Int, layer: Int
  ) throws(WeightAttributionError) -> WeightChange {
    let parts = name.split(separator: ".").map(String.init)
    let columns = change.count / rows
    // A convolution is known by its module, a parameter by its own name.
    let site = parts.last == "weight" || parts.last == "bias" ? parts.dropLast().last ?? name : parts.last ?? name
    guard let spectrum = ChangeSpectrum(dense: Matrix(rows: rows, columns: columns, change), workers: workers) else {
      throw .decomposition(place: name)
    }
    var result = WeightChange(
      layer: layer, site: parts.last == "bias" ? "\(site).bias" : site, module: parts.dropLast().joined(separator: "."),
      outputs: rows, inputs: columns, rank: nil,
      baseFrobenius: Matrix(rows: rows, columns: columns, base).squaredNorm(workers).squareRoot(),
      frobenius: spectrum.squaredNorm.squareRoot(), singularValues: [], stableRank: 0, effectiveRank: 0, directions: nil
    )
    guard spectrum.squaredNorm > 0 else { return result }
    result.singularValues = Array(
      spectrum.values.prefix(ChangeSpectrum.shown).prefix { $0 > spectrum.values[0] * 1e-9 })
    (result.stableRank, result.effectiveRank) = (spectrum.stableRank, spectrum.effectiveRank)
    return result
  }
}
