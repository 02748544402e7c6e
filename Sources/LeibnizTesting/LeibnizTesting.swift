@_exported import Expectations
@_exported import Leibniz
/// Expectations about an analysis, for Swift Testing and XCTest.
///
///     import LeibnizTesting
///     import Testing
///
///     @Test func maskedLookupsChangeThroughQueriesOnly() throws {
///       let analysis = try Leibniz.analyze(base: base, adapted: adapter, prompts: prompts)
///       expect(analysis).isStructurallyZero(.dKtQ, from: .after, to: .before)
///       expect(analysis).share(of: .KtdQ, from: .after, to: .before, isAtLeast: 0.9)
///       expect(analysis).dominantTerm(from: .after, to: .before) == .KtdQ
///       expect(analysis).closure(isAtMost: 1e-5)
///     }
///
/// `from` is the region of the query, which looks, and `to` that of the key, which is looked at.
@_exported import Results
