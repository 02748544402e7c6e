import LeibnizTesting
import XCTest

/// The same sentences fail an XCTest too.
final class MaskedAdapterXCTests: XCTestCase {
  func testAnAdapterOnQueriesLeavesTheFirstLayersKeysAlone() throws {
    var options = TinyPair.Options()
    options.targets = [.query]
    let analysis = try withTinyPair(options) { pair in
      try analyze(base: pair.base, adapted: pair.adapter, prompts: pair.prompts)
    }
    expect(analysis).isStructurallyZero(.dKtQ, layers: 0)
    expect(analysis).rms(of: .dKtQ, from: .after, to: .after, layers: 1..., pooled: .heads, isAtLeast: 1e-9)
  }
}
