import Attribution
import Checkpoints
import Foundation
import LongRuns
import Measures
import Results
import Subjects

/// What a report of an analysis holds besides its numbers, and how they follow from sums: enough to make it without models or
/// prompts.
package struct AnalysisFrame {
  /// The tables that sums are gathered in.
  package var shape: AnalysisShape
  /// By adapter.
  package var adapters: [Adapter]
  /// The tokens of a prompt, and their texts where there is a tokenizer. Asked for where pairs are kept.
  package var tokens: (_ prompt: Int) -> PromptTokens

  /// One adapter.
  package struct Adapter {
    /// Its analysis without a number.
    package var blank: Analysis
    /// By prompt and region, how many tokens there are.
    package var regionTokens: [[Int]]
  }

  package var blanks: [Analysis] { adapters.map(\.blank) }

  /// An analysis of each adapter, of many regions without the pairs in which nothing changes.
  package func reports(from sums: AnalysisSums) -> [Analysis] {
    wholeAnalyses(from: sums).map { whole in
      var analysis = whole
      analysis.foldUnchangedPairs()
      return analysis
    }
  }

  /// An analysis of each adapter with the rows of every pair of regions.
  func wholeAnalyses(from sums: AnalysisSums) -> [Analysis] {
    adapters.indices.map { analysis($0, from: sums) }
  }

  private func analysis(_ run: Int, from sums: AnalysisSums) -> Analysis {
    var analysis = adapters[run].blank
    analysis.blocks = sums.blocks[run].blockRows()
    analysis.summary = sums.blocks[run].summaryRows()
    analysis.stream = sums.stream[run].rows()
    analysis.loss = sums.loss?[run].losses()
    analysis.closure = sums.closures[run]
    sums.measures.fill(&analysis, run: run)
    analysis.null = nullRows(run, sums)
    analysis.pairs = sums.pairs?[run].rows()
    analysis.excerpts = analysis.pairs.map { Excerpt.round($0, tokens) }
    analysis.byPrompt = promptContributions(run, sums, of: analysis.summary)
    let isUnchanged = !analysis.blocks.isEmpty && analysis.blocks.allSatisfy { $0.raw.delta.maxAbs == 0 }
    if isUnchanged, analysis.adapted.kind != Adaptation.Kind.none.rawValue {
      analysis.warnings.append("The adapter has no effect on any attention score of these prompts.")
    }
    if analysis.closure.maximum > Self.largestClosure {
      analysis.warnings.append(
        """
        On sampled rows the three terms miss the change, formed in double precision, by up to \
        \(String(format: "%.2g", analysis.closure.maximum)) of its rms: single precision has lost it, as weights or changes that \
        are far too small or too large make it. Do not use the shares.
        """)
    }
    let largest = analysis.blocks.lazy.map(\.raw.delta.maxAbs).max() ?? 0
    if largest > 0, largest < Self.smallestChange {
      analysis.warnings.append(
        """
        No score changed by more than \(String(format: "%.2g", largest)): its squares are below what single precision holds, so that \
        rms and shares are wrong or 0, as weights or changes that are far too small make them. Do not use them.
        """)
    }
    return analysis
  }

  /// Squares of a hundredth of it are still normal numbers of single precision.
  private static let smallestChange = 1e-17

  /// The terms sum to the change to a few units of single precision, and to this even where they cancel.
  private static let largestClosure = 1e-3
}
