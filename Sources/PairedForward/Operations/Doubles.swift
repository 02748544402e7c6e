/// Numbers in double precision, 0 at first.
final class Doubles {
  let elements: UnsafeMutablePointer<Double>
  let count: Int

  init(_ count: Int) {
    self.count = count
    elements = .allocate(capacity: max(count, 1))
    elements.initialize(repeating: 0, count: max(count, 1))
  }

  deinit { elements.deallocate() }

  subscript(index: Int) -> Double {
    get { elements[index] }
    set { elements[index] = newValue }
  }

  func clear() { elements.update(repeating: 0, count: count) }
}
