/// Writes numbers one after the other, or reads them back in the same order: eight bytes each, the lowest first, numbers with a
/// fraction by their bits.
public struct SumsCoder {
  /// What was written, or what is read.
  public private(set) var bytes: [UInt8]
  /// How many prompts the batch has that is coded.
  public let prompts: Int
  /// Whether values are taken from the bytes.
  public let isReading: Bool
  private var position = 0

  /// How many numbers are left to be read at most.
  var left: Int { (bytes.count - position) / 8 }

  /// A coder that writes.
  public init(prompts: Int) {
    (bytes, self.prompts, isReading) = ([], prompts, false)
  }

  /// A coder that reads.
  public init(reading bytes: [UInt8], prompts: Int) {
    (self.bytes, self.prompts, isReading) = (bytes, prompts, true)
  }

  /// Codes a number by its bits.
  public mutating func code(_ value: inout Double) throws(SumsError) {
    if isReading { value = Double(bitPattern: try word()) } else { write(value.bitPattern) }
  }

  /// Codes a number by its bits.
  public mutating func code(_ value: inout Float) throws(SumsError) {
    if isReading { value = Float(bitPattern: try readBytes()) } else { writeBytes(of: value.bitPattern) }
  }

  /// Codes a number of things: 0 or more, and so few that many such numbers can be added.
  public mutating func code(_ value: inout Int) throws(SumsError) {
    guard isReading else { return write(UInt64(value)) }
    let word = try word()
    guard word < 1 << 44 else { throw .damaged }
    value = Int(word)
  }

  /// Codes a flag.
  public mutating func code(_ value: inout Bool) throws(SumsError) {
    guard isReading else { return write(value ? 1 : 0) }
    let word = try word()
    guard word < 2 else { throw .damaged }
    value = word == 1
  }

  /// Codes four numbers.
  public mutating func code(_ values: inout SIMD4<Double>) throws(SumsError) {
    for lane in 0..<4 { try code(&values[lane]) }
  }

  /// Codes four numbers of things.
  public mutating func code(_ values: inout SIMD4<Int>) throws(SumsError) {
    for lane in 0..<4 { try code(&values[lane]) }
  }

  /// Codes any number of values.
  public mutating func code(_ values: inout [Float]) throws(SumsError) {
    var count = values.count
    try code(&count)
    guard isReading else {
      for value in values { writeBytes(of: value.bitPattern) }
      return
    }
    guard count <= (bytes.count - position) / 4 else { throw .damaged }
    values = []
    values.reserveCapacity(count)
    for _ in 0..<count { values.append(Float(bitPattern: try readBytes())) }
  }

  /// Codes any number of values.
  public mutating func code(_ values: inout [Double]) throws(SumsError) {
    var count = values.count
    try code(&count)
    if isReading {
      guard count <= left else { throw .damaged }
      values = Array(repeating: 0, count: count)
    }
    for index in values.indices { try code(&values[index]) }
  }

  /// Codes any number of things.
  public mutating func code<Element: Coded>(_ values: inout [Element], empty: Element) throws(SumsError) {
    var count = values.count
    try code(&count)
    if isReading {
      // They take a word each at least, so that a damaged number does not become a huge list.
      guard count <= left else { throw .damaged }
      values = Array(repeating: empty, count: count)
    }
    try values.code(&self)
  }

  /// Says that everything was read.
  public func finish() throws(SumsError) {
    if isReading, position != bytes.count { throw .damaged }
  }

  private mutating func write(_ word: UInt64) { writeBytes(of: word) }

  private mutating func word() throws(SumsError) -> UInt64 { try readBytes() }

  private mutating func writeBytes<Word: FixedWidthInteger>(of word: Word) {
    withUnsafeBytes(of: word.littleEndian) { bytes.append(contentsOf: $0) }
  }

  private mutating func readBytes<Word: FixedWidthInteger>() throws(SumsError) -> Word {
    let size = MemoryLayout<Word>.size
    guard bytes.count - position >= size else { throw .damaged }
    let word = bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: position, as: Word.self) }
    position += size
    return Word(littleEndian: word)
  }
}

/// Why sums cannot be read.
public enum SumsError: Error, Sendable, Equatable {
  /// The bytes end too early or too late, or are no sums of this request.
  case damaged
}

extension Sums {
  /// The sums of a batch of so many prompts, to the bit.
  public func bytes(prompts: Int) -> [UInt8] {
    var (copy, coder) = (self, SumsCoder(prompts: prompts))
    do { try copy.code(&coder) } catch { preconditionFailure("writing does not fail") }
    return coder.bytes
  }

  /// The sums that were written by ``bytes(prompts:)``.
  /// - Parameter empty: Empty sums of the same request.
  /// - Throws: ``SumsError`` where the bytes are none.
  public init(_ bytes: [UInt8], prompts: Int, empty: Self) throws(SumsError) {
    var coder = SumsCoder(reading: bytes, prompts: prompts)
    self = empty
    try code(&coder)
    try coder.finish()
  }
}
