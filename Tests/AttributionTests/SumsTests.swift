import Attribution
import LinearAlgebra
import Testing

/// Sums are written and read to the bit, and bytes that are no sums are refused.
@Suite struct SumsTests {
  /// Numbers whose bits are easily lost.
  private static let numbers: [Double] = [
    0, -0.0, 1, -1.5, 0.1, 1 / 3, .pi, .leastNonzeroMagnitude, -.leastNormalMagnitude, .greatestFiniteMagnitude,
    .ulpOfOne,
  ]

  private func random(_ generator: inout SplitMix64) -> Double {
    let known = generator.next(below: 3) == 0
    return known ? Self.numbers[generator.next(below: Self.numbers.count)] : generator.unit() * 2 - 1
  }

  private func blocks(_ seed: UInt64) -> [BlockSums] {
    var generator = SplitMix64(seed: seed)
    return (0..<17).map { _ in
      var sums = BlockSums()
      for path in [\BlockSums.raw, \.centered] {
        for field in [\TermSums.sum, \.absolute, \.square, \.largest, \.shared] {
          for lane in 0..<4 { sums[keyPath: path][keyPath: field][lane] = random(&generator) }
        }
        for lane in 0..<4 { sums[keyPath: path].dominant[lane] = generator.next(below: 1 << 40) }
      }
      return sums
    }
  }

  @Test(arguments: 0..<20) func `What is read has the bits of what was written`(seed: Int) throws {
    let sums = blocks(UInt64(seed))
    let bytes = sums.bytes(prompts: 0)
    let again = try [BlockSums](bytes, prompts: 0, empty: sums.map { _ in BlockSums() })
    // Equality would take −0 for 0.
    #expect(again.bytes(prompts: 0) == bytes)
    for (own, other) in zip(sums, again) {
      for lane in 0..<4 {
        #expect(own.raw.sum[lane].bitPattern == other.raw.sum[lane].bitPattern)
        #expect(own.centered.shared[lane].bitPattern == other.centered.shared[lane].bitPattern)
      }
      #expect(own.raw.dominant == other.raw.dominant)
    }
  }

  @Test func `A list keeps its length, prompts keep theirs`() throws {
    var (stream, prompts) = (StreamSums(), PromptSums<LossSums>())
    for step in 1...5 { stream.add([Float(step), 0.1], [0.1, -0.3], count: 2) }
    for step in 1...3 {
      var loss = LossSums()
      (loss.count, loss.base, loss.adapted) = (step, 0.1 * Double(step), -0.0)
      prompts.append(loss)
    }
    #expect(try StreamSums(stream.bytes(prompts: 9), prompts: 9, empty: StreamSums()) == stream)
    #expect(try PromptSums(prompts.bytes(prompts: 3), prompts: 3, empty: PromptSums()).all == prompts.all)
    #expect(throws: SumsError.damaged) {
      try PromptSums<LossSums>(prompts.bytes(prompts: 3), prompts: 2, empty: .init())
    }
    #expect(throws: SumsError.damaged) {
      try PromptSums<LossSums>(prompts.bytes(prompts: 3), prompts: 4, empty: .init())
    }
  }

  @Test func `Bytes that end too early or too late, and impossible numbers, are refused`() {
    var stream = StreamSums()
    stream.add([1, 2, 3], [0.1, 0.2, 0.3], count: 3)
    let bytes = stream.bytes(prompts: 0)
    for count in 0..<bytes.count {
      #expect(throws: SumsError.damaged) { try StreamSums(Array(bytes[..<count]), prompts: 0, empty: StreamSums()) }
    }
    #expect(throws: SumsError.damaged) { try StreamSums(bytes + [0], prompts: 0, empty: StreamSums()) }
    // The number of ratios stands before them.
    for place in bytes.count - 12..<bytes.count - 4 {
      var damaged = bytes
      damaged[place] = 255
      #expect(throws: SumsError.damaged) { try StreamSums(damaged, prompts: 0, empty: StreamSums()) }
    }
  }

  @Test func `Merging keeps the order of the prompts and every sum`() {
    let (first, second) = (blocks(1), blocks(2))
    var (merged, one, two) = (first, PromptSums<BlockSums>(), PromptSums<BlockSums>())
    merged.merge(second)
    for (index, sums) in merged.enumerated() {
      #expect(sums.raw.sum == first[index].raw.sum + second[index].raw.sum)
      #expect(sums.centered.dominant == first[index].centered.dominant &+ second[index].centered.dominant)
      for lane in 0..<4 {
        #expect(sums.raw.largest[lane] == max(first[index].raw.largest[lane], second[index].raw.largest[lane]))
      }
    }
    for sums in first { one.append(sums) }
    for sums in second { two.append(sums) }
    one.merge(two)
    #expect(one.all == first + second)
  }
}
