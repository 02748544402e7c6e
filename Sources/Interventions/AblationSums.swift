import Attribution
import Results

/// What interventions do to the predictions of some prompts.
package struct AblationSums: Sums {
  private var rows: [Row] = []

  /// The sums of one prompt under one intervention.
  private struct Row: Coded {
    package var intervention = 0
    package var prompt = 0
    package var sums = OutcomeSums()

    package mutating func code(_ coder: inout SumsCoder) throws(SumsError) {
      try coder.code(&intervention)
      try coder.code(&prompt)
      try sums.code(&coder)
    }
  }

  /// Adds a prompt under an intervention.
  package mutating func add(_ sums: OutcomeSums, prompt: Int, of intervention: Int) {
    rows.append(Row(intervention: intervention, prompt: prompt, sums: sums))
  }

  package mutating func merge(_ later: AblationSums) { rows += later.rows }

  package mutating func code(_ coder: inout SumsCoder) throws(SumsError) {
    try coder.code(&rows, empty: Row())
  }

  /// Whether every row is of one of so many interventions and prompts.
  package func isWithin(interventions: Int, prompts: Int) -> Bool {
    rows.allSatisfy { $0.intervention < interventions && $0.prompt < prompts }
  }

  /// By run and prompt, the outcomes; nil where no token is predicted.
  package func outcomes(runs: Int, prompts: Int) -> [[PredictionOutcome?]] {
    var result = Array(repeating: [PredictionOutcome?](repeating: nil, count: prompts), count: runs)
    for row in rows { result[row.intervention][row.prompt] = row.sums.outcome }
    return result
  }
}
