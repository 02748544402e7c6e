import Attribution
import LinearAlgebra
import PairedForward
import Results

/// What is known of judged predictions on the way to who wrote what they gain.
struct WrittenPulls: Sendable {
  private struct Place: Hashable {
    var run: Int
    var prompt: Int
    var position: Int
  }

  /// How far the predictions that change moved.
  private var shifts: [Place: PredictionShift] = [:]
  /// Predictions of tokens that both models have.
  private var known: Set<Place> = []
  private var pulls: [Place: PredictionPull] = [:]

  /// Places in memory.
  private enum Memory: Int {
    case weights = 300
    case vectors, products
  }

  /// Whether both models have the token that follows.
  func knows(_ run: Int, _ prompt: Int, _ position: Int) -> Bool {
    known.contains(Place(run: run, prompt: prompt, position: position))
  }

  mutating func merge(_ other: WrittenPulls) {
    shifts.merge(other.shifts) { left, right in
      var sum = left
      sum += right
      return sum
    }
    known.formUnion(other.known)
    pulls.merge(other.pulls) { left, right in
      var sum = left
      sum += right
      return sum
    }
  }

  /// Takes in logits of a slice of the vocabulary.
  mutating func see(_ logits: LogitRows, _ run: Int, _ judged: Set<Int>) {
    for (row, position) in logits.positions.enumerated()
    where judged.contains(position) && logits.isOfBase && logits.holds(run, row: row) {
      let place = Place(run: run, prompt: logits.prompt, position: position)
      if logits.targetColumn(row) != nil { known.insert(place) }
      guard let change = logits.change(of: run, row: row) else { continue }
      shifts[place] = PredictionShift(logits.base[row], change: change, count: logits.base.columns)
    }
  }

  /// Takes in the head of a slice, once all logits are known.
  mutating func see(_ head: HeadRows, _ run: Int, _ judged: Set<Int>, of known: WrittenPulls) {
    let (logits, count) = (head.logits, head.weight.rows)
    var rows: [(row: Int, place: Place, change: UnsafePointer<Float>, shift: PredictionShift)] = []
    for (row, position) in logits.positions.enumerated() where judged.contains(position) && logits.holds(run, row: row)
    {
      let place = Place(run: run, prompt: logits.prompt, position: position)
      guard known.known.contains(place), let shift = known.shifts[place], let change = logits.change(of: run, row: row)
      else { continue }
      rows.append((row, place, change, shift))
    }
    guard !rows.isEmpty else { return }
    let weights = head.memory.matrix(Memory.weights.rawValue, rows: 2 * rows.count, columns: count)
    var pulls = rows.map { _ in PredictionPull(width: head.weight.columns) }
    for (index, own) in rows.enumerated() {
      let slice = PredictionPull.Slice(
        logits: logits.base[own.row], change: own.change, factors: head.factors(of: run, row: own.row),
        own: head.ownChange(of: run, row: own.row), target: logits.targetColumn(own.row), count: count)
      pulls[index].add(slice, of: own.shift, divergence: weights[2 * index], level: weights[2 * index + 1])
    }
    let vectors = head.memory.matrix(Memory.vectors.rawValue, rows: weights.rows, columns: head.weight.columns)
    multiply(ReadOnlyMatrix(weights), head.weight, into: vectors)
    for (index, own) in rows.enumerated() {
      for column in 0..<vectors.columns {
        pulls[index].divergence[column] = vectors[2 * index][column]
        pulls[index].level[column] = vectors[2 * index + 1][column]
      }
      self.pulls[own.place] = pulls[index]
    }
  }

  /// Who wrote what the predictions of some tokens gain.
  func sums(_ written: WrittenRows, _ judged: Set<Int>, _ layers: Int) -> WrittenPredictionSums {
    var sums = WrittenPredictionSums()
    for position in written.positions where judged.contains(position) {
      let place = Place(run: written.run, prompt: written.prompt, position: position)
      guard let pull = pulls[place] else { continue }
      let vectors = written.memory.matrix(Memory.vectors.rawValue, rows: 2, columns: pull.divergence.count)
      vectors[0].update(from: pull.divergence, count: vectors.columns)
      vectors[1].update(from: pull.gain, count: vectors.columns)
      let changed = (0..<2).map { row in
        written.normChange(at: position).map { dot(vectors[row], $0, vectors.columns) } ?? 0
      }
      written.pullBackThroughNorm(vectors, at: position)
      let changes = written.changes(at: position)
      let products = written.memory.matrix(Memory.products.rawValue, rows: 2, columns: changes.rows)
      multiply(ReadOnlyMatrix(vectors), changes, transposed: true, into: products)
      func parts(_ row: Int, own: Double) -> [Double] {
        let scale = written.lengthChange(at: position).map { dot(vectors[row], $0, vectors.columns) } ?? 0
        return [scale, changed[row], own]
          + (0..<written.writers).map { written.factor(of: $0) * Double(products[row][$0]) }
      }
      sums.nats.add(parts(0, own: pull.ownDivergence))
      sums.gain.add(parts(1, own: pull.ownGain))
      sums.attention.add(
        (0..<layers).flatMap { layer -> [Double] in
          guard let own = written.attention(of: layer, at: position) else {
            return Array(repeating: 0, count: WrittenPredictionSums.parts)
          }
          let factor = written.factorOfAttention(in: layer)
          return (0..<own.rows).map { factor * dot(own[$0], vectors[1], vectors.columns) }
        })
    }
    return sums
  }
}
