import AnalysisFixtures
import Foundation
import Testing

@testable import Reporting

/// What a page shows is rounded from fewer digits than a number has, and is what rounding the number gives.
@Suite struct ReroundTests {
  /// Shortest numbers with many digits, those of every scale, and those that lie just beside where rounding turns.
  private var numbers: [Double] {
    var generator = SystemRandomNumberGenerator()
    let random = (0..<4_000).map { _ in
      pow(10, Double.random(in: -9...6, using: &generator)) * (Bool.random(using: &generator) ? 1 : -1)
    }
    let turning = (1...200).flatMap { count -> [Double] in
      let middle = Double(count) / 1000 + 0.0005
      return [middle.nextDown, middle, middle.nextUp, middle + 1e-9, middle - 1e-9]
    }
    return random + turning
  }

  @Test func `Three digits of five are three digits of the number`() {
    for number in numbers {
      let cut = Reround(number, significant: 5).value
      #expect(Numbers.size(cut) == Numbers.size(number), "\(number)")
      #expect(abs(cut - number) <= abs(number) * 1.01e-4)
    }
  }

  @Test func `Percents of ten-thousandths are percents of the share`() {
    for number in numbers where abs(number) < 20 {
      let cut = Double(Reround(number, decimals: 4).count) / 10_000
      #expect(abs(cut - number) <= 1.0001e-4)
      // A product with 100 may turn a tie that neither number is.
      let beside = abs(number * 1000).truncatingRemainder(dividingBy: 1)
      if abs(beside - 0.5) < 1e-12 { continue }
      #expect(Numbers.fixed(cut * 100, "%.1f") == Numbers.fixed(number * 100, "%.1f"), "\(number)")
    }
  }
}
