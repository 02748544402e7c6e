import StrictJSON

/// How config.json says that weights are stored. Which of them are is seen by their tensors.
struct StorageScheme: Sendable {
  /// A method with what it leaves to config.json.
  enum Method: Sendable, Equatable {
    /// Plain numbers.
    case plain
    /// bitsandbytes in four bits, which keeps everything beside the weights.
    case bitsandbytes
    /// FP8 with a scale for each block of so many rows and columns; nil for one scale.
    case fp8(block: [Int]?)
    /// Affine groups of MLX.
    case mlx(MLXGroups)
    /// Four bits with a power of two for each 32 inputs, in tensors of all experts.
    case mxfp4
  }
  let method: Method

  /// Plain numbers, whatever config.json says.
  static let plain = StorageScheme(method: .plain)

  private init(method: Method) { self.method = method }

  /// Reads `quantization_config`, and MLX's `quantization`.
  /// - Throws: ``JSONMemberError`` for a method that is not supported.
  init(_ config: JSONReader) throws(JSONMemberError) {
    if let groups = try config.optionalObject("quantization") {
      method = .mlx(try MLXGroups(groups))
      return
    }
    guard let quantization = try config.optionalObject("quantization_config") else {
      method = .plain
      return
    }
    switch try quantization.optionalString("quant_method") {
    case "bitsandbytes":
      guard try quantization.optionalBoolean("load_in_8bit") != true else {
        throw Self.unsupported(config, " in eight bits by bitsandbytes")
      }
      method = .bitsandbytes
    case "fp8": method = .fp8(block: try Self.block(quantization))
    case "mxfp4": method = .mxfp4
    case nil where quantization["group_size"] != nil: method = .mlx(try MLXGroups(quantization))
    case let name: throw Self.unsupported(config, name.map { " by \($0)" } ?? "")
    }
  }

  private static func unsupported(_ config: JSONReader, _ method: String) -> JSONMemberError {
    config.error(
      "quantization_config",
      """
      the weights are quantized\(method), which is not supported; supported are four bits by bitsandbytes, fp8, mxfp4 and \
      MLX's affine groups. Give the original model in F32, F16 or BF16
      """)
  }

  private static func block(_ quantization: JSONReader) throws(JSONMemberError) -> [Int]? {
    let format = try quantization.optionalString("fmt") ?? "e4m3"
    guard format == "e4m3" else {
      throw quantization.error("fmt", "\"\(format)\" is not supported; e4m3 is")
    }
    guard let block = try quantization.optionalIntegers("weight_block_size") else { return nil }
    guard block.count == 2, block.allSatisfy({ (1...1 << 20).contains($0) }) else {
      throw quantization.error(
        "weight_block_size", "two numbers of rows and columns from 1 to 1048576 are expected, \(block) was found")
    }
    return block
  }
}

/// Bits and group sizes of MLX's affine quantisation, by module.
struct MLXGroups: Sendable, Equatable {
  /// How one module is stored.
  struct Group: Sendable, Equatable {
    /// Bits of a code.
    var bits: Int
    /// Consecutive inputs that share a scale and a bias.
    var size: Int
  }
  private var general: Group
  private var byModule: [Name: Group] = [:]

  /// Reads `group_size`, `bits`, `mode`, and an object of its own for each module that departs from them; `false` stands for a
  /// module that is not quantised, which its tensors show.
  init(_ reader: JSONReader) throws(JSONMemberError) {
    general = try Self.group(reader)
    for (name, value) in reader.object.members {
      guard case .object = value, let own = try reader.optionalObject(name) else { continue }
      byModule[Name(name)] = try Self.group(own)
    }
  }

  private static func group(_ reader: JSONReader) throws(JSONMemberError) -> Group {
    let mode = try reader.optionalString("mode") ?? "affine"
    guard mode == "affine" else {
      throw reader.error("mode", "\"\(mode)\" is not supported; affine is")
    }
    let bits = try reader.integer("bits")
    guard [2, 3, 4, 5, 6, 8].contains(bits) else {
      throw reader.error("bits", "2, 3, 4, 5, 6 or 8 are expected, \(bits) was found")
    }
    return Group(bits: bits, size: try reader.integer("group_size", in: 1...1 << 16))
  }

  /// How a module is stored, by one of the names that files may give it.
  subscript(_ names: [String]) -> Group { names.lazy.compactMap { byModule[Name($0)] }.first ?? general }
}
