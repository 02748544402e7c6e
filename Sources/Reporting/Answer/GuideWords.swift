import Results

/// How a report's words and numbers are meant.
struct GuideWords {
  private let analysis: Analysis

  init(_ analysis: Analysis) { self.analysis = analysis }

  /// What the three terms are.
  var terms: [Phrase] {
    [
      "An attention score is s = c·kᵀq. The adapted model's is c·(k + dk)ᵀ(q + dq), so its change has three terms:",
      "ΔS = c·dkᵀq + c·kᵀdq + c·dkᵀdq, named dKᵀQ, KᵀdQ and dKᵀdQ.",
    ]
  }

  /// A thing each.
  var points: [Phrase] {
    let nats: [Phrase] =
      analysis.attention == nil
      ? []
      : [
        """
        \(.strong("nats")): how much attention felt the change, KL(p‖p′) + KL(p′‖p) of a query's attention p before and p′ after, the \
        mean over queries and heads. It is Σ (p′ − p)·ΔS, which splits among terms, layers, heads and regions. Scores that nobody \
        attends to do not count.
        """
      ]
    return [
      """
      q and k are what the attention kernel receives: after bias, norm and rotary embedding. Each model has its own residual \
      stream, so dk and dq hold what earlier layers pass on (\(.strong("inherited"))) beside what the layer's own weights do \
      (\(.strong("own"))); \(.strong("joint")) is both at once.
      """
    ] + nats + [
      """
      \(.strong("share")) of a term: its part of the nats, or where a table speaks of scores, of their energy: ΣTΔ / ΣΔ² over all \
      pairs. The three sum to 100 %; a negative one works against the change, and then another can exceed 100 %.
      """,
      """
      A term \(.strong("leads")) when its share is more than \(Numbers.setting(100 * Dominance.clearLead)) percentage points above the \
      next; otherwise the block is \(.strong("mixed")).
      """,
      """
      \(.strong("moved")): half of what the attention's weights changed by, ½ Σ |p′ − p| over the keys, the part of the attention that \
      went elsewhere.
      """,
      """
      \(.strong("centred")): each term less its mean over the row under the base's pattern, because a softmax ignores what a whole row \
      gains. \(.strong("raw")): as the scores change.
      """,
      """
      \(.strong("rms")): root mean square over the pairs. Scores enter a softmax, so a change of 1 multiplies an attention weight by \
      up to e.
      """,
      "\(.strong("pairs")): (query, key) pairs that the model's own mask allows, over the pooled heads and layers.",
      "Terms are of the scores before any soft cap. The reference point is \(analysis.reference.name).",
    ]
  }
}
