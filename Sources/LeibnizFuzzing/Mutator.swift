import LinearAlgebra

/// Breaks valid files, in ways that follow from a seed alone.
struct Mutator {
  private var random: SplitMix64

  /// The mutator of one case: cases do not depend on each other.
  init(seed: UInt64, index: Int) {
    var seeds = SplitMix64(seed: seed)
    random = SplitMix64(seed: seeds.next() ^ UInt64(index))
  }

  /// One of some elements.
  mutating func pick<T>(_ elements: [T]) -> T { elements[random.next(below: elements.count)] }

  /// The bytes after one to four changes.
  /// - Parameter other: What pieces are taken from.
  mutating func mutate(_ bytes: [UInt8], other: [UInt8]) -> [UInt8] {
    var result = bytes
    for _ in 0..<pick([1, 1, 1, 2, 4]) { change(&result, other) }
    return result
  }

  /// A safetensors file of which only the header is changed, its length stated rightly, so that readers come to the header.
  mutating func mutateHeader(_ file: [UInt8], other: [UInt8]) -> [UInt8] {
    let end = 8 + file.prefix(8).enumerated().reduce(0) { $0 + Int($1.element) << (8 * $1.offset) }
    let header = mutate(Array(file[8..<end]), other: other)
    return (0..<8).map { UInt8(truncatingIfNeeded: header.count >> (8 * $0)) } + header + file[end...]
  }

  private mutating func change(_ bytes: inout [UInt8], _ other: [UInt8]) {
    let place = random.next(below: bytes.count + 1)
    switch random.next(below: 16) {
    case 0, 1: if place < bytes.count { bytes[place] ^= 1 << UInt8(random.next(below: 8)) }
    case 2: if place < bytes.count { bytes[place] = UInt8(random.next(below: 256)) }
    case 3: bytes.removeSubrange(place...)
    case 4: bytes.removeSubrange(range(from: place, in: bytes))
    case 5: bytes.insert(contentsOf: bytes[range(from: place, in: bytes)], at: place)
    case 6: bytes.insert(contentsOf: other[range(from: random.next(below: other.count + 1), in: other)], at: place)
    case 7: nest(&bytes, at: place)
    case 8..<12: replaceValue(&bytes, from: place, other)
    default: replaceNumber(&bytes, from: place)
    }
  }

  /// A range that is mostly short.
  private mutating func range(from start: Int, in bytes: [UInt8]) -> Range<Int> {
    let longest = pick([1, 4, 16, 256, bytes.count])
    return start..<min(start + random.next(below: longest + 1), bytes.count)
  }

  private mutating func nest(_ bytes: inout [UInt8], at place: Int) {
    let depth = pick([1, 8, 63, 64, 65, 1000, 100_000])
    let (opening, closing) = pick([("[", "]"), (#"{"a":"#, "}"), ("(", ")"), ("[", ""), ("(?:", ")*")])
    // Around a value, so that a parser comes to the bottom, or anywhere.
    let inner = random.next(below: 4) == 0 ? nil : value(in: bytes, from: place)
    let range = inner ?? range(from: place, in: bytes)
    bytes.insert(contentsOf: String(repeating: closing, count: depth).utf8, at: range.upperBound)
    bytes.insert(contentsOf: String(repeating: opening, count: depth).utf8, at: range.lowerBound)
  }

  private static let values = [
    "null", "true", "\"\"", "\"x\"", "\"\\u0000\"", "\"\\ud800\"", "\"(a*)*b\"", "[]", "{}", "[-1]", "[[]]",
    "{\"a\": 1}",
    "[0.5, \"a\"]",
  ]

  /// Another value for a member: of another kind, or one from elsewhere.
  private mutating func replaceValue(_ bytes: inout [UInt8], from place: Int, _ other: [UInt8]) {
    guard let old = value(in: bytes, from: place) else { return }
    var new = Array(pick(Self.values + Self.numbers).utf8)
    if random.next(below: 3) == 0, let found = value(in: other, from: random.next(below: other.count + 1)) {
      new = Array(other[found])
    }
    bytes.replaceSubrange(old, with: new)
  }

  /// Where the value of the first member behind a place stands, or its beginning if the value is no plain one.
  private func value(in bytes: [UInt8], from place: Int) -> Range<Int>? {
    guard let colon = bytes[place...].firstIndex(of: UInt8(ascii: ":")) else { return nil }
    let stops = Set(",}]\n".utf8)
    return colon + 1..<(bytes[colon...].firstIndex { stops.contains($0) } ?? bytes.endIndex)
  }

  private static let numbers = [
    "0", "1", "-1", "2", "3.0", "-0", "0.5", "1e-45", "1e-999", "1e38", "1e308", "1e999", "-1e30", "255", "65536",
    "1000000",
    "2147483647", "2147483648", "4294967296", "9007199254740993", "9223372036854775807", "-9223372036854775808",
    "9223372036854775808", "18446744073709551615", "100000000000000000000000",
  ]

  /// An extreme in the place of a number, or a length of eight bytes at the beginning.
  private mutating func replaceNumber(_ bytes: inout [UInt8], from place: Int) {
    let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
    guard let start = bytes[place...].firstIndex(where: digits.contains) else {
      for index in bytes.indices.prefix(8) { bytes[index] = pick([0, 0, 1, 0x7F, 0x80, 0xFF]) }
      return
    }
    let end = bytes[start...].firstIndex { !digits.contains($0) } ?? bytes.endIndex
    bytes.replaceSubrange(start..<end, with: pick(Self.numbers).utf8)
  }
}
