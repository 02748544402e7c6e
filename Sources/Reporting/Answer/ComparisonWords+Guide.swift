import Results

/// How a comparison is to be read.
extension ComparisonWords {
  /// What an attention score is made of.
  var scores: Phrase {
    """
    An attention score is c·kᵀq; an adapter changes it by three terms: dKᵀQ (other keys), KᵀdQ (other queries) and dKᵀdQ (both).
    """
  }

  /// What answer and bars go by.
  private var leadingWords: Phrase {
    comparison.measure == .divergence ? "in nats" : "of centred energy but where one term is all of the change"
  }

  /// What each number means, by its name.
  var guide: [(label: Phrase, text: Phrase)] {
    [
      (
        .strong("nats"),
        """
        what attention felt: KL(p‖p′) + KL(p′‖p) of each query's attention p before and p′ after, as far as it arises at the keys of \
        a region; the mean over queries and heads. The three terms sum to it, negative where one works against the change. Scores that \
        nobody attends to do not count.
        """
      ),
      (
        .strong("moved"),
        """
        ½Σ|p′ − p| over the keys of a region, the mean over queries: the part of attention that went elsewhere. In “all \
        tokens” it is of everything a token attends to, the mean over all tokens, heads and layers.
        """
      ),
      (
        .strong("share"),
        """
        the part that a term explains of the nats, or of the scores' energy ΣΔ²; the three sum to 100 %. \(.strong("Centred")): without \
        what a whole row of scores gains, which moves no attention. Answer and bars are \(leadingWords).
        """
      ),
      (
        .strong("less"),
        """
        the first adapter's number less the second's. Brackets hold 95 % intervals over the prompts. Those of \
        differences are paired by prompt, so that what the prompts have in common does not blur them; \
        a difference whose interval holds 0 can be the choice of prompts. Layers are listed because they differ most, so that some \
        would by chance: \(.strong("p (Holm)")) is corrected for all layers and pairs of regions, and for the choice of two adapters; \
        below 0.05 the two are called different. None of it tells how another training run would turn out.
        """
      ),
      (
        "\(.strong("r")) and \(.strong("ρ"))",
        "Pearson's and Spearman's correlation over layer × head; of a term, of \(comparison.measure == .divergence ? "its nats" : "the energy it explains (ΣTΔ)")."
      ),
      (
        .strong("benefit lost"),
        "the part of what an adapter lowers the loss by that is lost when a part of its change is left out."
      ),
    ]
  }

  /// What was compared, by label.
  var setting: [(label: String, text: Phrase)] {
    let adapters = comparison.adapters.enumerated()
    /// What adapters have in common, or what each has.
    func each(_ value: (AdapterComparison.Adapter) -> Phrase) -> Phrase {
      let values = comparison.adapters.map(value)
      guard let first = values.first, values.contains(where: { $0 != first }) else { return values.first ?? "" }
      return adapters.map { "\(name($0)) \(value($1))" as Phrase }.joined(by: ", ")
    }
    return [
      ("base", comparison.base.words),
      ("adapters", comparison.adapters.map(\.adapted.words).joined(by: "; ")),
      ("mask", each { .code($0.mask) }),
      ("prompts", each { "\(Numbers.count($0.prompts))" }),
      ("regions", "\(comparison.regions.joined(separator: ", "))"),
      ("Leibniz", "\(comparison.version)"),
    ]
  }
}
