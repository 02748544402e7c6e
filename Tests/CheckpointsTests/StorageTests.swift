import Foundation
import Testing

@testable import Checkpoints

/// Packed weights against what their formats define, value by value.
@Suite struct StorageTests {
  private static let (query, side, count) = (TinyFolder.query, TinyFolder.side, TinyFolder.side * TinyFolder.side)
  private static let map: [Float] = (0..<16).map { Float($0) / 8 - 1 }

  /// Four bits a value, high nibble first, in blocks of 100, the last of which is partial.
  private func fourBits(isNested: Bool, type: String = "bfloat16", kind: String = "nf4") -> TinyFolder {
    var folder = TinyFolder()
    folder.members["quantization_config"] = ["quant_method": "bitsandbytes", "load_in_4bit": true]
    let name = "\(Self.query).weight"
    let bytes = (0..<Self.count / 2).map { UInt8(nibble(2 * $0) << 4 | nibble(2 * $0 + 1)) }
    folder.set(name, "U8", shape: [Self.count / 2, 1], bytes)
    folder.tensors.set("\(name).quant_map", shape: [16], Self.map)
    var state: [String: Any] = ["quant_type": kind, "blocksize": 100, "dtype": type, "shape": [Self.side, Self.side]]
    if isNested {
      folder.set("\(name).absmax", "U8", shape: [11], (0..<11).map { UInt8($0 * 20) })
      folder.tensors.set("\(name).nested_quant_map", shape: [256], (0..<256).map { Float($0) / 64 })
      folder.tensors.set("\(name).nested_absmax", shape: [3], [1, 0.7, 3])
      (state["nested_blocksize"], state["nested_offset"]) = (4, 0.25)
    } else {
      folder.tensors.set("\(name).absmax", shape: [11], (0..<11).map { Float($0) + 0.3 })
    }
    folder.set("\(name).quant_state.bitsandbytes__\(kind)", "U8", shape: [1], [])
    folder.setState(state, kind)
    return folder
  }

  private func nibble(_ index: Int) -> Int { (index * 7 + index / 16) % 16 }

  @Test(arguments: ["float32", "float16", "bfloat16"], [false, true])
  func `Four bits of bitsandbytes`(type: String, isNested: Bool) throws {
    let values = try fourBits(isNested: isNested, type: type, kind: isNested ? "fp4" : "nf4").query()
    for index in 0..<Self.count {
      let block = index / 100
      let number =
        isNested ? Float(block * 20) / 64 * [1, 0.7, 3][block / 4] + 0.25 : Float(block) + 0.3
      let exact = Self.map[nibble(index)] * number
      let expected =
        switch type {
        case "float16": Float(Float16(exact))
        case "bfloat16": roundedToBFloat16(exact)
        default: exact
        }
      #expect(values[index] == expected, "\(index)")
    }
  }

  /// To the nearest of the two neighbours, ties to the even one.
  private func roundedToBFloat16(_ value: Float) -> Float {
    let low = Float(bitPattern: value.bitPattern & 0xFFFF_0000)
    let high = Float(bitPattern: (value.bitPattern & 0xFFFF_0000) &+ 0x1_0000)
    let (down, up) = (abs(Double(value) - Double(low)), abs(Double(high) - Double(value)))
    return down < up || (down == up && low.bitPattern >> 16 & 1 == 0) ? low : high
  }

  /// Blocks of 20 by 12, the last of which are partial.
  private func eightBits(_ codes: [UInt8] = [0x38, 0xB8, 0x7E, 0x01, 0x08, 0x00, 0x3C]) -> TinyFolder {
    var folder = TinyFolder()
    folder.members["quantization_config"] = ["quant_method": "fp8", "weight_block_size": [20, 12]]
    folder.set(
      "\(Self.query).weight", "F8_E4M3", shape: [Self.side, Self.side], (0..<Self.count).map { codes[$0 % codes.count] }
    )
    folder.tensors.set("\(Self.query).weight_scale_inv", shape: [2, 3], [1, 2, 3, 4, 5, 6].map { Float($0) / 3 })
    return folder
  }

  @Test func `FP8 by blocks`() throws {
    let plain: [Float] = [1, -1, 448, 0x1p-9, 0x1p-6, 0, 1.5]
    let values = try eightBits().query()
    for index in 0..<Self.count {
      let (row, column) = (index / Self.side, index % Self.side)
      let scale = Float(row / 20 * 3 + column / 12 + 1) / 3
      #expect(values[index] == plain[index % 7] * scale, "\(index)")
    }
    var exponents = eightBits()
    exponents.set("\(Self.query).weight_scale_inv", "U8", shape: [2, 3], [127, 128, 126, 120, 127, 130])
    #expect(try exponents.query()[12...13] == [plain[5] * 2, plain[6] * 2])
    var one = eightBits()
    one.members["quantization_config"] = ["quant_method": "fp8"]
    one.tensors.set("\(Self.query).weight_scale_inv", shape: [1], [0.5])
    #expect(try one.query().last == plain[(Self.count - 1) % 7] * 0.5)
  }

  /// Codes as one string of bits a row, the low ones first.
  private func groups(bits: Int, size: Int, module: String = query, general: [String: Any]? = nil) -> TinyFolder {
    var folder = TinyFolder()
    folder.members["quantization"] = general ?? ["bits": bits, "group_size": size]
    var bytes = [UInt8](repeating: 0, count: Self.count * bits / 8)
    for index in 0..<Self.count {
      for bit in 0..<bits where code(index, bits) >> bit & 1 == 1 {
        // Rows are whole bytes, so that the string runs on.
        let place = index * bits + bit
        bytes[place / 8] |= 1 << (place % 8)
      }
    }
    folder.set("\(module).weight", "U32", shape: [Self.side, Self.side * bits / 32], bytes)
    let groups = Self.count / size
    folder.tensors.setBFloat16(
      "\(module).scales", shape: [Self.side, Self.side / size], (0..<groups).map { Float($0 % 7 + 1) })
    folder.tensors.setBFloat16(
      "\(module).biases", shape: [Self.side, Self.side / size], (0..<groups).map { -Float($0 % 5) })
    return folder
  }

  private func code(_ index: Int, _ bits: Int) -> Int { (index * 5 + index / 9) % (1 << bits) }

  @Test(arguments: [2, 3, 4, 5, 6, 8], [16, 32]) func `Affine groups of MLX`(bits: Int, size: Int) throws {
    let values = try groups(bits: bits, size: size).query()
    for index in 0..<Self.count {
      let group = index / size
      #expect(values[index] == Float(code(index, bits)) * Float(group % 7 + 1) - Float(group % 5), "\(index)")
    }
  }

  @Test func `Tables, overrides by module, and what is not quantised`() throws {
    let general: [String: Any] = [
      "bits": 4, "group_size": 32, "model.embed_tokens": ["bits": 8, "group_size": 16], "lm_head": false,
    ]
    let scratch = try groups(bits: 8, size: 16, module: "model.embed_tokens", general: general).written()
    let model = try Model(folder: scratch.url)
    var row = [Float](repeating: 0, count: Self.side)
    try row.fill { target throws(CheckpointError) in
      try model.row(3, of: model.description.embedding.tokens, into: target)
    }
    #expect(row[17] == Float(code(3 * 32 + 17, 8)) * Float(7 % 7 + 1) - Float(7 % 5))
    #expect(model.storedType == "F32" && model.parameters == 9 * 1024 + 96)
    let facts = try FolderInspection(folder: scratch.url)
    #expect(facts.problems.isEmpty && facts.facts.contains { $0 == ("parameters", "9312") })
  }

  @Test func `Checkpoints are compared by the values that they stand for`() throws {
    let packed = fourBits(isNested: false)
    var plain = TinyFolder()
    plain.tensors.set("\(Self.query).weight", shape: [Self.side, Self.side], try packed.query())
    let (left, right) = (try packed.written(), try plain.written())
    let base = try Model(folder: left.url)
    #expect(try Adaptation.open(folder: right.url, base: base).kind == .none)
    let other = try fourBits(isNested: true).written()
    let changed = try Adaptation.open(folder: other.url, base: base)
    #expect(changed.targets == ["q_proj"])
    #expect(base.storedType == "F32", "most weights are plain here")
  }

  /// What is wrong with a store is an error that names it, never a trap.
  @Test func `Malformed stores`() throws {
    func four(_ expected: String, isNested: Bool = true, _ edit: (inout TinyFolder) -> Void) throws {
      var folder = fourBits(isNested: isNested)
      edit(&folder)
      let text = try folder.refusal()
      #expect(text.contains(expected), "\(text)")
    }
    let name = "\(Self.query).weight"
    for part in ["absmax", "quant_map", "nested_absmax", "nested_quant_map"] {
      try four(part) { $0.tensors.entries["\(name).\(part)"] = nil }
      try four(part) { $0.set("\(name).\(part)", part == "absmax" ? "U8" : "F32", shape: [0], []) }
      try four(part) {
        $0.set(
          "\(name).\(part)", "I32", shape: $0.tensors.entries["\(name).\(part)"]?.shape ?? [],
          [UInt8](repeating: 0, count: 4 * ($0.tensors.entries["\(name).\(part)"]?.shape[0] ?? 0)))
      }
    }
    try four("quant_state") { $0.tensors.entries["\(name).quant_state.bitsandbytes__nf4"] = nil }
    try four("512 bytes are expected") { $0.set(name, "U8", shape: [8], [UInt8](repeating: 0, count: 8)) }
    let states: [(String, [String: Any])] = [
      ("blocksize", ["blocksize": 0]), ("blocksize", ["blocksize": -64]), ("blocksize", ["blocksize": 1 << 40]),
      ("blocksize", ["blocksize": "64"]), ("shape", ["shape": [16, 64]]), ("int7", ["quant_type": "int7"]),
      ("float8", ["dtype": "float8"]), ("nested_blocksize", ["nested_blocksize": 0]),
      ("nested_offset", ["nested_offset": NSNull()]),
    ]
    for (expected, members) in states { try four(expected) { $0.setState(members, "nf4") } }
    try four("not valid JSON") { $0.set("\(name).quant_state.bitsandbytes__nf4", "U8", shape: [1], [0x7B]) }
    try four("NaN, infin", isNested: false) {
      $0.tensors.set("\(name).absmax", shape: [11], [Float](repeating: .infinity, count: 11))
    }
    var eight = eightBits()
    eight.tensors.entries["\(Self.query).weight_scale_inv"] = nil
    #expect(try eight.refusal().contains("weight_scale_inv"))
    for shape in [[3, 2], [2, 2], [6], [2, 3, 1]] {
      eight = eightBits()
      eight.tensors.set(
        "\(Self.query).weight_scale_inv", shape: shape, [Float](repeating: 1, count: shape.reduce(1, *)))
      #expect(try eight.refusal().contains("weight_scale_inv"))
    }
    #expect(try eightBits([0x7F]).refusal().contains("NaN, infin"))
    for block in [[0, 12], [20], [20, -1], [1 << 40, 1]] {
      eight = eightBits()
      eight.members["quantization_config"] = ["quant_method": "fp8", "weight_block_size": block]
      #expect(try eight.refusal().contains("weight_block_size"))
    }
    for (bits, size) in [(7, 32), (4, 0), (4, 7), (4, 1 << 30), (8, 32), (2, 32)] {
      let text = try groups(bits: 4, size: 32, general: ["bits": bits, "group_size": size]).refusal()
      #expect(
        text != "nothing" && (text.contains("bits") || text.contains("group") || text.contains("q_proj")), "\(text)")
    }
    for part in ["scales", "biases"] {
      var folder = groups(bits: 4, size: 32)
      folder.tensors.entries["\(Self.query).\(part)"] = nil
      #expect(try folder.refusal().contains("q_proj.\(part)"))
    }
    var plain = TinyFolder()
    for method in ["bitsandbytes", "fp8", "gptq"] {
      plain.members["quantization_config"] = ["quant_method": method]
      #expect(try plain.refusal() == "nothing", "plain weights are what they are")
    }
    for mode in ["mxfp4", "nvfp4"] {
      let text = try groups(bits: 4, size: 32, general: ["bits": 4, "group_size": 32, "mode": mode]).refusal()
      #expect(text.contains("\"\(mode)\" is not supported"))
    }
  }
}

extension TinyFolder {
  /// Sets members of the state of a packed weight.
  mutating func setState(_ members: [String: Any], _ kind: String) {
    let name = "\(Self.query).weight.quant_state.bitsandbytes__\(kind)"
    let old = tensors.entries[name].flatMap { try? JSONSerialization.jsonObject(with: $0.bytes) } as? [String: Any]
    let state = (old ?? [:]).merging(members) { $1 }
    let bytes = (try? JSONSerialization.data(withJSONObject: state)) ?? Data()
    tensors.entries[name] = RawTensors.Entry(type: "U8", shape: [bytes.count], bytes: bytes)
  }
}
