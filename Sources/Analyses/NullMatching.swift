import Foundation
import LongRuns
import PairedForward
import Results

/// Finds by what the dW of a random change are multiplied so that it changes the scores as much as the adapter does.
///
/// Rms ΔS grows about as a power of the factor, so a straight line through the two nearest points of logarithms finds the next one.
/// Factors have four digits, so that they are the same numbers whatever the last digits of a pass are.
struct NullMatching {
  /// The rms that is asked for.
  let target: Double
  private var points: [(factor: Double, rms: Double)] = []

  /// How near a factor has to come, as a part of the target.
  private static let tolerance = 1e-3
  /// Beyond which a reader is told that it has not.
  static let farAway = 1e-2
  /// How many passes are made at most.
  static let mostPasses = 10

  init(target: Double) { self.target = target }

  /// The factor of the next pass; of a change that has come near enough, or cannot, the best one.
  var factor: Double {
    guard !isDone, let best else { return points.isEmpty ? 1 : best?.factor ?? 1 }
    // A factor that leaves single precision is halfway too large.
    if let last = points.last, !last.rms.isFinite { return (last.factor * best.factor).squareRoot().fourDigits }
    let others = points.filter { $0.rms.isFinite && $0.factor != best.factor }
    let other = others.min { distance($0.rms) < distance($1.rms) }
    let slope = other.map { log($0.rms / best.rms) / log($0.factor / best.factor) } ?? 1
    let step = log(target / best.rms) / (Self.slopes.contains(slope) ? slope : 1)
    let next = (best.factor * exp(step)).fourDigits
    return Self.factors.contains(next) ? next : best.factor
  }

  /// Exponents that a power law of scores can have; what is outside has come about by rounding or saturation.
  private static let slopes = 0.2...5.0
  /// Far from where single precision ends.
  private static let factors = 1e-9...1e9

  /// Takes in what a factor has led to.
  mutating func add(_ factor: Double, rms: Double) { points.append((factor, rms)) }

  /// What came nearest.
  var best: (factor: Double, rms: Double)? {
    points.filter { $0.rms.isFinite && $0.rms > 0 }.min { distance($0.rms) < distance($1.rms) }
  }

  /// Whether no further pass is needed or would help.
  var isDone: Bool {
    guard !points.isEmpty else { return false }
    guard target > 0, let best else { return true }
    let isRepeated = points.count > 1 && points[points.count - 1] == points[points.count - 2]
    return distance(best.rms) <= Self.tolerance || isRepeated
  }

  private func distance(_ rms: Double) -> Double { abs(rms / target - 1) }
}

extension Double {
  /// Rounded to four significant digits.
  fileprivate var fourDigits: Double { Double(String(format: "%.3e", self)) ?? self }
}

extension Analyzer {
  /// The same with random changes scaled as the options ask; itself where they ask for none. Deterministic: a factor follows from the
  /// models, the prompts and the number of the random change.
  func matchingNulls() throws -> Analyzer {
    guard let statistic = options.nullMatch, options.nulls > 0 else { return self }
    // Whatever is wrong with the whole is told before any pass.
    _ = try AnalysisPass(self)
    var (result, searches, passes) = (self, [[NullMatching]](), 0)
    repeat {
      let rms = try result.scoreSizes(number: passes)
      if searches.isEmpty {
        searches = subjects.indices.map { Array(repeating: NullMatching(target: rms[$0]), count: options.nulls) }
      }
      for subject in subjects.indices {
        for null in 0..<options.nulls {
          let found = rms[subjects.count + subject * options.nulls + null]
          searches[subject][null].add(result.nullFactor(subject, null), rms: found)
        }
      }
      passes += 1
      result.nullMatches = searches.map { NullSetting.Match(statistic, $0, passes: passes) }
    } while passes < NullMatching.mostPasses && !searches.allSatisfy { $0.allSatisfy(\.isDone) }
    return result
  }

  /// By run, the rms of ΔS over everything, of a pass that looks at nothing else.
  private func scoreSizes(number: Int) throws -> [Double] {
    var own = self
    (own.options.parts, own.options.computesLoss, own.options.pairs, own.options.keepsPrompts) = ([], false, 0, false)
    let sums = try AnalysisPass(own).all { fraction in
      let fraction = (Double(number) + fraction) / Double(number + 1)
      options.progress?(AnalysisProgress(stage: .matching, fraction: fraction))
    }
    return sums.blocks.map { $0.summaryRows().pooledRMS }
  }
}

extension NullSetting.Match {
  /// What searches have found so far: of those that go on, what the next pass tries.
  fileprivate init(_ statistic: NullMatch, _ searches: [NullMatching], passes: Int) {
    self.init(
      statistic: statistic, value: searches.first?.target ?? 0,
      factors: searches.map { passes < NullMatching.mostPasses ? $0.factor : $0.best?.factor ?? 1 },
      reached: searches.map { $0.best?.rms ?? 0 }, passes: passes)
  }
}

extension [PooledBlock] {
  /// The rms of ΔS over all pairs of tokens.
  fileprivate var pooledRMS: Double {
    let rows = filter { $0.layer == nil && $0.head == nil }
    let pairs = rows.reduce(0) { $0 + Double($1.pairs) }
    let squares = rows.reduce(0) { $0 + Double($1.pairs) * $1.raw.delta.rms * $1.raw.delta.rms }
    return pairs > 0 ? (squares / pairs).squareRoot() : 0
  }
}

extension NullSetting.Match {
  /// What a reader has to know of random changes that could not be scaled.
  var warnings: [String] {
    let far = zip(factors, reached).enumerated().filter { !(abs($1.1 - value) <= NullMatching.farAway * value) }
    guard !far.isEmpty else { return [] }
    let numbers = far.map { "\($0 + 1) (\(String(format: "%.3g", $1.1)))" }.joined(separator: ", ")
    return [
      """
      The scores' change of random changes could not be scaled to the adapter's rms of \(String(format: "%.3g", value)): \(numbers).
      """
    ]
  }
}
