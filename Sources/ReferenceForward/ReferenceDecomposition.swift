import Architectures

/// The statistics of docs/method.md from pairs of plain runs, in double precision: every score's change is split
/// one pair at a time, with dk = k′ − k and dq = q′ − q by subtraction.
public struct ReferenceDecomposition: Sendable {
  /// Layer, head and the two regions.
  public struct Key: Hashable, Sendable {
    /// The layer.
    public var layer: Int
    /// The query head.
    public var head: Int
    /// Region of the query.
    public var query: Int
    /// Region of the key.
    public var key: Int

    /// A block's key.
    public init(layer: Int, head: Int, query: Int, key: Int) {
      self.layer = layer
      self.head = head
      self.query = query
      self.key = key
    }
  }
  /// A layer and a region.
  public struct StreamKey: Hashable, Sendable {
    /// The layer.
    public var layer: Int
    /// The region.
    public var region: Int

    /// A key.
    public init(layer: Int, region: Int) {
      self.layer = layer
      self.region = region
    }
  }

  /// Sums over the pairs of each block: of the terms, and of T_ij − Σ_j p_ij T_ij.
  public private(set) var blocks: [Key: (raw: ReferenceSums, centered: ReferenceSums)] = [:]
  private var streams: [StreamKey: (change: Double, base: Double)] = [:]

  /// Nothing yet.
  public init() {}

  /// √(Σ‖dx‖² / Σ‖x‖²) of the stream that enters a layer, over a region's tokens; 0 where nothing changes.
  public var stream: [StreamKey: Double] {
    streams.mapValues { $0.change == 0 ? 0 : ($0.change / $0.base).squareRoot() }
  }

  /// Adds one prompt.
  /// - Parameters:
  ///   - base: The base's run.
  ///   - adapted: The adapted model's run on the same tokens.
  ///   - model: The description both ran by.
  ///   - regions: The region of each token, nil for a token in none.
  public mutating func add(
    base: ReferenceRun, adapted: ReferenceRun, model: ModelDescription, regions: [Int?]
  ) {
    for (index, layer) in model.layers.enumerated() {
      addStream(index, base.layers[index].stream, adapted.layers[index].stream, regions: regions)
      let (a, b) = (base.layers[index], adapted.layers[index])
      for head in 0..<layer.attention.queryHeads {
        for query in regions.indices {
          guard let region = regions[query] else { continue }
          let row = Row(layer.attention, base: a, adapted: b, head: head, query: query, tokens: regions.count)
          for (column, key) in row.keys.enumerated() {
            guard let other = regions[key] else { continue }
            let block = Key(layer: index, head: head, query: region, key: other)
            blocks[block, default: (.init(), .init())].raw.add(row.terms[column])
            blocks[block, default: (.init(), .init())].centered.add(row.centered[column])
          }
        }
      }
    }
  }

  private mutating func addStream(_ layer: Int, _ base: [Double], _ adapted: [Double], regions: [Int?]) {
    let width = base.count / max(regions.count, 1)
    for (token, region) in regions.enumerated() {
      guard let region else { continue }
      var sums = (change: 0.0, base: 0.0)
      for index in token * width..<(token + 1) * width {
        let change = adapted[index] - base[index]
        sums.change += change * change
        sums.base += base[index] * base[index]
      }
      let key = StreamKey(layer: layer, region: region)
      streams[key, default: (0, 0)].change += sums.change
      streams[key, default: (0, 0)].base += sums.base
    }
  }

  /// The terms of one query's scores.
  private struct Row {
    var keys: ClosedRange<Int>
    /// dKᵀQ, KᵀdQ, dKᵀdQ of each visible key.
    var terms: [SIMD3<Double>] = []
    /// The same less their mean under the base's pattern.
    var centered: [SIMD3<Double>] = []

    init(
      _ attention: AttentionDescription, base: ReferenceLayer, adapted: ReferenceLayer, head: Int, query: Int,
      tokens: Int
    ) {
      let d = attention.headDimension
      let group = attention.keyValueHead(of: head)
      let pattern = attention.pattern(
        head: head, query: query, queries: base.queries, keys: base.keys, tokens: tokens)
      keys = attention.visibleKeys(of: query)
      var mean = SIMD3<Double>.zero
      for (weight, key) in zip(pattern, keys) {
        var sums = SIMD3<Double>.zero
        for index in 0..<d {
          let (i, j) = ((head * tokens + query) * d + index, (group * tokens + key) * d + index)
          let (q, k) = (base.queries[i], base.keys[j])
          let (dq, dk) = (adapted.queries[i] - q, adapted.keys[j] - k)
          sums += SIMD3(dk * q, k * dq, dk * dq)
        }
        terms.append(sums * attention.scale)
        mean += weight * (sums * attention.scale)
      }
      centered = terms.map { $0 - mean }
    }
  }
}

/// Sums over the pairs of a block, and the statistics that follow.
public struct ReferenceSums: Sendable {
  /// Number of pairs.
  public private(set) var pairs = 0
  /// Of dKᵀQ, KᵀdQ, dKᵀdQ and their sum Δ: ΣT, Σ|T|, ΣT², max|T|, ΣTΔ.
  private var quantities = [Quantity](repeating: Quantity(), count: 4)
  /// Pairs in which a term alone has the largest magnitude.
  private var wins = [0, 0, 0]

  private struct Quantity: Sendable {
    var sum = 0.0
    var absolute = 0.0
    var squares = 0.0
    var largest = 0.0
    var withDelta = 0.0
  }

  mutating func add(_ terms: SIMD3<Double>) {
    pairs += 1
    let delta = terms.x + terms.y + terms.z
    for (index, value) in [terms.x, terms.y, terms.z, delta].enumerated() {
      quantities[index].sum += value
      quantities[index].absolute += abs(value)
      quantities[index].squares += value * value
      quantities[index].largest = max(quantities[index].largest, abs(value))
      quantities[index].withDelta += value * delta
    }
    let sizes = [abs(terms.x), abs(terms.y), abs(terms.z)]
    for (index, size) in sizes.enumerated()
    where sizes.enumerated().allSatisfy({ $0.offset == index || $0.element < size }) {
      wins[index] += 1
    }
  }

  /// Mean, mean magnitude, root mean square and largest magnitude.
  public typealias Size = (mean: Double, meanAbs: Double, rms: Double, maxAbs: Double)

  /// Size of Δ.
  public var delta: Size { magnitude(quantities[3]) }

  /// Size, share and dominance of a term: 0 for dKᵀQ, 1 for KᵀdQ, 2 for dKᵀdQ.
  public func term(_ index: Int) -> (magnitude: Size, share: Double, dominance: Double) {
    let energy = quantities[3].squares
    return (
      magnitude(quantities[index]), energy == 0 ? 0 : quantities[index].withDelta / energy,
      Double(wins[index]) / Double(max(pairs, 1))
    )
  }

  private func magnitude(_ quantity: Quantity) -> Size {
    let n = Double(max(pairs, 1))
    return (quantity.sum / n, quantity.absolute / n, (quantity.squares / n).squareRoot(), quantity.largest)
  }
}
