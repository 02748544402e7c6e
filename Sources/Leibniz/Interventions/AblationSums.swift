import Attribution
import Results

/// What interventions do to the predictions of some prompts.
struct AblationSums: Sums {
  private var rows: [Row] = []

  /// The sums of one prompt under one intervention.
  private struct Row: Coded {
    var intervention = 0
    var prompt = 0
    var sums = OutcomeSums()

    mutating func code(_ coder: inout SumsCoder) throws(SumsError) {
      try coder.code(&intervention)
      try coder.code(&prompt)
      try sums.code(&coder)
    }
  }

  /// Adds a prompt under an intervention.
  mutating func add(_ sums: OutcomeSums, prompt: Int, of intervention: Int) {
    rows.append(Row(intervention: intervention, prompt: prompt, sums: sums))
  }

  mutating func merge(_ later: AblationSums) { rows += later.rows }

  mutating func code(_ coder: inout SumsCoder) throws(SumsError) {
    try coder.code(&rows, empty: Row())
  }

  /// Whether every row is of one of so many interventions and prompts.
  func isWithin(interventions: Int, prompts: Int) -> Bool {
    rows.allSatisfy { $0.intervention < interventions && $0.prompt < prompts }
  }

  /// The outcomes of an intervention by prompt, nil where no token is predicted.
  func outcomes(of intervention: Int, prompts: Int) -> [PredictionOutcome?] {
    var result = [PredictionOutcome?](repeating: nil, count: prompts)
    for row in rows where row.intervention == intervention {
      result[row.prompt] = row.sums.outcome
    }
    return result
  }
}
