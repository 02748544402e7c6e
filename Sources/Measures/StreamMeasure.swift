import ReferenceForward
import Results

extension ReferenceStream: PlainMeasure {
  mutating func add(_ prompt: PlainPrompt) {
    add(base: prompt.base, adapted: prompt.adapted, regions: prompt.regions)
  }

  func rows(in regions: [String]) -> [StreamDivergence] {
    rows.map { key, sums in
      StreamDivergence(
        layer: key.layer, region: regions[key.region], relative: sums.relative, median: sums.median, cosine: sums.cosine
      )
    }
  }
}
