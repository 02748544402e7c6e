/// What is wrong with a safetensors file. Files are named by their paths as they were given.
public enum SafetensorsError: Error, Sendable, Equatable {
  /// The file cannot be opened or mapped.
  case unreadable(file: String, reason: String)
  /// The file has fewer than eight bytes.
  case tooShort(file: String, bytes: Int)
  /// The declared header does not fit.
  case headerLength(file: String, declared: UInt64, available: Int)
  /// The header is not the JSON it has to be.
  case header(file: String, reason: String)
  /// An entry of the header that is wrong.
  case entry(file: String, tensor: String, reason: String)
  /// Offsets and shape disagree.
  case size(file: String, tensor: String, declared: Int, expected: Int)
  /// A tensor that does not begin where the last one ended.
  case coverage(file: String, tensor: String, begins: Int, expected: Int)
  /// The tensors end before or after the file does.
  case end(file: String, tensors: Int, data: Int)
  /// A type that weights cannot be read from.
  case unsupportedType(file: String, tensor: String, type: String)
  /// NaN or infinity in a tensor that is used.
  case nonFinite(file: String, tensor: String)
}

extension SafetensorsError: CustomStringConvertible {
  /// One paragraph: file, what was declared, what was found, what to do.
  public var description: String {
    let advice = "Download or save the file again."
    switch self {
    case .unreadable(let file, let reason):
      return "\(file): cannot be read: \(reason). Check the path and its permissions."
    case .tooShort(let file, let bytes):
      return "\(file): has \(bytes) bytes; a safetensors file has at least 8. \(advice)"
    case .headerLength(let file, let declared, let available):
      return """
        \(file): declares a header of \(declared) bytes where \(available) follow and 100000000 are the most that is \
        read. It is truncated or no safetensors file. \(advice)
        """
    case .header(let file, let reason):
      return "\(file): the header is wrong: \(reason). \(advice)"
    case .entry(let file, let tensor, let reason):
      return "\(file): tensor \(tensor): \(reason). \(advice)"
    case .size(let file, let tensor, let declared, let expected):
      return """
        \(file): tensor \(tensor): its offsets span \(declared) bytes, its shape and type need \(expected). \(advice)
        """
    case .coverage(let file, let tensor, let begins, let expected):
      return """
        \(file): tensor \(tensor) begins at byte \(begins) of the data where \(expected) is expected: there is an \
        overlap or a hole. \(advice)
        """
    case .end(let file, let tensors, let data):
      return """
        \(file): the tensors cover \(tensors) bytes, the file holds \(data). It is truncated or has bytes too many. \
        \(advice)
        """
    case .unsupportedType(let file, let tensor, let type):
      return """
        \(file): tensor \(tensor) is stored as \(type); F64, F32, F16 and BF16 can be read. Convert the model, for \
        instance with save_pretrained after loading it with dtype=torch.bfloat16.
        """
    case .nonFinite(let file, let tensor):
      return """
        \(file): tensor \(tensor) holds NaN, infinity or a number beyond single precision, so nothing computed from it \
        would mean anything. Find out where training or conversion broke.
        """
    }
  }
}
