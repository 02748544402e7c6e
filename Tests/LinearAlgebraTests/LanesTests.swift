import LinearAlgebra
import Testing

@Suite struct LanesTests {
  @Test(arguments: [1, 7, 8, 9, 31]) func partialReadsAndWritesStayWithinTheRow(count: Int) {
    let source = Matrix(rows: 1, columns: count, (0..<count).map { Float($0 + 1) })
    let target = Matrix(rows: 1, columns: count + 8, [Float](repeating: -1, count: count + 8))
    for offset in stride(from: 0, to: count, by: 8) {
      write(read(source.elements, offset, count, fill: 99), target.elements, offset, count)
    }
    for column in 0..<count { #expect(target.elements[column] == Float(column + 1)) }
    for column in count..<count + 8 { #expect(target.elements[column] == -1) }
    let last = read(source.elements, count / 8 * 8, count, fill: 99)
    for lane in count % 8..<8 { #expect(last[lane] == 99 || count % 8 == 0) }
  }

  @Test func reductions() {
    let lanes = Lanes(1, -9, 3, 4, 5, 6, 7, 2)
    #expect(total(lanes) == 19)
    #expect(largest(lanes) == 7)
    #expect(largest(magnitude(lanes)) == 9)
    #expect(larger(lanes, Lanes(repeating: 3)) == Lanes(3, 3, 3, 4, 5, 6, 7, 3))
  }

  @Test(arguments: [0, 1, 255, 256, 257, 1023]) func runsCoverTheCountOnce(count: Int) {
    var covered = 0
    forRuns(count) { run in
      #expect(run.lowerBound == covered && run.count <= 256)
      covered = run.upperBound
    }
    #expect(covered == count)
  }
}
