import Foundation
import LeibnizTesting
import Testing

@Suite struct TinyPairTests {
  @Test func `The same seed writes the same files, another seed others`() throws {
    func contents(_ seed: UInt64) throws -> [Data] {
      var options = TinyPair.Options()
      options.seed = seed
      return try withTinyPair(options) { pair in
        try [
          pair.base.appending(path: "config.json"), pair.base.appending(path: "model.safetensors"),
          pair.adapter.appending(path: "adapter_config.json"),
          pair.adapter.appending(path: "adapter_model.safetensors"), pair.prompts,
        ].map { try Data(contentsOf: $0) }
      }
    }
    let first = try contents(7)
    #expect(try contents(7) == first)
    let other = try contents(8)
    #expect(zip(first, other).map { $0 == $1 } == [true, false, true, false, false])
  }

  @Test func `The folder is removed afterwards, also after an error`() throws {
    struct Stop: Error { var folder: URL }
    let stop = #expect(throws: Stop.self) {
      try withTinyPair { pair in throw Stop(folder: pair.base) }
    }
    let folder = try #require(stop?.folder)
    #expect(!FileManager.default.fileExists(atPath: folder.path))
  }

  @Test func `The tensors cover the safetensors file exactly`() throws {
    try withTinyPair { pair in
      for file in [
        pair.base.appending(path: "model.safetensors"),
        pair.adapter.appending(path: "adapter_model.safetensors"),
      ] {
        let data = try Data(contentsOf: file)
        let length = data.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
        let header = try JSONSerialization.jsonObject(with: data.dropFirst(8).prefix(length))
        let tensors = try #require(header as? [String: [String: Any]])
        let ranges = try tensors.values.map { try #require($0["data_offsets"] as? [Int]) }.sorted {
          $0[0] < $1[0]
        }
        #expect(ranges.first?[0] == 0)
        #expect(ranges.last?[1] == data.count - 8 - length)
        for (left, right) in zip(ranges, ranges.dropFirst()) { #expect(left[1] == right[0]) }
        #expect(length % 8 == 0)
      }
    }
  }

  @Test func `Options that make no model are refused`() {
    for change: (inout TinyPair.Options) -> Void in [
      { $0.layers = 0 }, { $0.heads = 3 }, { $0.headDimension = 7 }, { $0.rank = 65 }, { $0.targets = [] },
      { $0.vocabulary = .max }, { $0.promptCount = -1 }, { $0.scaling = 0 },
    ] {
      var options = TinyPair.Options()
      change(&options)
      #expect(throws: TinyPairError.self) { try withTinyPair(options) { _ in } }
    }
  }
}
