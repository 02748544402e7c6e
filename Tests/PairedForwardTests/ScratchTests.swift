import Testing

@testable import PairedForward

/// Working memory that is used again.
@Suite struct ScratchTests {
  @Test func `Purposes and slots never share memory`() {
    let scratch = Scratch()
    var owners: [UnsafeMutablePointer<Float>: String] = [:]
    for purpose in Scratch.Purpose.allCases {
      for slot in 0..<Scratch.slots {
        let view = scratch.matrix(purpose, slot, rows: 3, columns: 7)
        #expect(view.rows == 3 && view.columns == 7 && view.stride == 7)
        for element in 0..<21 {
          let place = view.elements + element
          #expect(owners[place] == nil)
          owners[place] = "\(purpose) \(slot)"
        }
      }
    }
    #expect(owners.count == Scratch.Purpose.allCases.count * Scratch.slots * 21)
  }

  @Test func `A matrix grows, and is the same memory while it is large enough`() {
    let scratch = Scratch()
    _ = scratch.matrix(.sum, rows: 2, columns: 5)
    let large = scratch.matrix(.sum, rows: 9, columns: 300)
    for row in 0..<9 { large[row].update(repeating: Float(row), count: 300) }
    let again = scratch.matrix(.sum, rows: 300, columns: 9)
    #expect(again.elements == large.elements && again.stride == 9)
    #expect(scratch.matrix(.sum, rows: 0, columns: 0).elements == large.elements)
  }
}
