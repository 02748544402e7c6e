import Attribution
import Checkpoints
import Foundation
import Results

/// What a report of an analysis holds besides its numbers, and how they follow from sums: enough to make it without models or
/// prompts.
struct AnalysisFrame {
  /// The tables that sums are gathered in.
  var shape: AnalysisShape
  /// By adapter.
  var subjects: [Subject]
  /// The tokens of a prompt, and their texts where there is a tokenizer. Asked for where pairs are kept.
  var tokens: (_ prompt: Int) -> PromptTokens

  /// One adapter.
  struct Subject {
    /// Its analysis without a number.
    var blank: Analysis
    /// By prompt and region, how many tokens there are.
    var regionTokens: [[Int]]
  }

  /// An analysis of each adapter, of many regions without the pairs in which nothing changes.
  func analyses(from sums: AnalysisSums) -> [Analysis] {
    wholeAnalyses(from: sums).map { whole in
      var analysis = whole
      analysis.foldUnchangedPairs()
      return analysis
    }
  }

  /// An analysis of each adapter with the rows of every pair of regions.
  func wholeAnalyses(from sums: AnalysisSums) -> [Analysis] {
    subjects.indices.map { analysis($0, from: sums) }
  }

  private func analysis(_ run: Int, from sums: AnalysisSums) -> Analysis {
    var analysis = subjects[run].blank
    analysis.blocks = sums.blocks[run].blockRows()
    analysis.summary = sums.blocks[run].summaryRows()
    analysis.stream = sums.stream[run].rows()
    analysis.loss = sums.loss?[run].losses()
    analysis.closure = sums.closures[run]
    for part in sums.measures.parts { part.measure.fill(&analysis, from: sums.measures, run: run) }
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

/// The shape of the tables of an analysis.
struct AnalysisShape: Equatable {
  /// By layer.
  var layers: [Layer]
  /// What is looked at besides the terms.
  var parts: Set<AnalysisPart>
  /// Whether losses are.
  var computesLoss: Bool
  /// Random changes of each adapter.
  var nulls: Int
  /// Pairs of tokens of each block.
  var pairs: Int
  /// Whether each prompt's sums are shown of every layer.
  var keepsPrompts: Bool
  /// Whether heads are writers of their own.
  var writersByHead = false

  /// Whether attention has sinks.
  var hasSinks: Bool { layers.contains(where: \.hasSinks) }
  /// The most query heads of a layer.
  var mostHeads: Int { layers.map(\.heads).max() ?? 0 }

  /// What writes to the residual stream, in order.
  var writers: [Writer] {
    [Writer(.embed)]
      + layers.indices.flatMap { writers(of: $0) }
  }

  /// What a layer writes to the stream, in order.
  func writers(of layer: Int) -> [Writer] {
    let own = layers[layer]
    return [Writer(layer: layer, own.projections.isEmpty ? .attention : .recurrence)]
      + (writersByHead ? (0..<own.heads).map { Writer(layer: layer, head: $0) } : [])
      + (own.hasMLP || own.isMixture ? [Writer(layer: layer, .mlp)] : [])
      + (own.hasInput ? [Writer(layer: layer, .input)] : []) + (own.hasScale ? [Writer(layer: layer, .scale)] : [])
  }

  /// One layer.
  struct Layer: Equatable {
    /// Query heads.
    var heads: Int
    /// Whether keys have a norm.
    var hasKeyNorm: Bool
    /// Whether queries have one.
    var hasQueryNorm: Bool
    /// Whether there is an MLP that every token passes.
    var hasMLP: Bool
    /// Whether it has a gate.
    var hasGate: Bool
    /// Whether it is a mixture of experts.
    var isMixture: Bool
    /// Whether attention has sinks.
    var hasSinks = false
    /// Whether queries, keys and values come through latents.
    var hasLatents = false
    /// Whether keys are projected in the layer and not another's.
    var ownsKeys = true
    /// Whether values have a projection of their own.
    var ownsValues = true
    /// Whether the heads' outputs have gates.
    var hasOutputGates = false
    /// The projections and the convolution of a recurrence by their own names; empty where attention mixes the tokens.
    var projections: [String] = []
    /// The heads of linear attention.
    var stateHeads = 0
    /// Whether queries and keys are projected from behind a norm.
    var hasInputNorm = true
    /// Whether a norm stands on what the attention adds.
    var hasOutputNorm = false
    /// Whether it is given an input of its own of each token.
    var hasInput = false
    /// Whether it multiplies the stream as it leaves.
    var hasScale = false
  }
}
