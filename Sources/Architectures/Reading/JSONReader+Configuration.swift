import StrictJSON

/// Members of config.json as the configuration classes of transformers read them: an absent member has the class's
/// default, `null` is allowed only where the class allows `None`.
extension JSONReader {
  /// Bounds on what a configuration may declare, so that every product of two sizes fits an `Int` and no loop runs
  /// away before the first tensor is looked at.
  private enum Bound {
    static let size = 1...(1 << 27)
    static let count = 1...(1 << 14)
  }

  /// Whether the member is absent. A `null` is not: it overrides a default.
  func isAbsent(_ name: String) -> Bool { object[name] == nil }

  /// A width or length: an integer from 1 to 2²⁷.
  func size(_ name: String, default absent: Int) throws(JSONMemberError) -> Int {
    try isAbsent(name) ? absent : integer(name, in: Bound.size)
  }

  /// A width or length that `null` switches off.
  func optionalSize(_ name: String, default absent: Int?) throws(JSONMemberError) -> Int? {
    if isAbsent(name) { return absent }
    return try self[name] == nil ? nil : integer(name, in: Bound.size)
  }

  /// A number of layers or heads: an integer from 1 to 2¹⁴.
  func count(_ name: String, default absent: Int) throws(JSONMemberError) -> Int {
    try isAbsent(name) ? absent : integer(name, in: Bound.count)
  }

  /// A number of layers or heads that `null` leaves to another member.
  func optionalCount(_ name: String, default absent: Int?) throws(JSONMemberError) -> Int? {
    if isAbsent(name) { return absent }
    return try self[name] == nil ? nil : integer(name, in: Bound.count)
  }

  /// A finite number.
  func number(_ name: String, default absent: Double) throws(JSONMemberError) -> Double {
    isAbsent(name) ? absent : try finite(name, number(name))
  }

  /// A finite number above zero.
  func positive(_ name: String, default absent: Double) throws(JSONMemberError) -> Double {
    try isAbsent(name) ? absent : positive(name)
  }

  /// A finite number above zero that must be there.
  func positive(_ name: String) throws(JSONMemberError) -> Double {
    let value = try finite(name, number(name))
    guard value > 0 else { throw error(name, "a number above 0 is expected, \(value) was found") }
    return value
  }

  /// A finite number above zero that `null` switches off.
  func optionalPositive(_ name: String, default absent: Double?) throws(JSONMemberError) -> Double? {
    if isAbsent(name) { return absent }
    return try self[name] == nil ? nil : positive(name)
  }

  /// ε of a norm: a finite number, not below zero.
  func epsilon(_ name: String, default absent: Double) throws(JSONMemberError) -> Double {
    let value = try number(name, default: absent)
    guard value >= 0 else { throw error(name, "a norm's ε cannot be negative, \(value) was found") }
    return value
  }

  /// True or false.
  func flag(_ name: String, default absent: Bool) throws(JSONMemberError) -> Bool {
    if isAbsent(name) { return absent }
    guard let value = try optionalBoolean(name) else {
      throw error(name, "true or false is expected, null was found")
    }
    return value
  }

  /// A non-linearity by its name in `transformers.activations`.
  func activation(_ name: String, default absent: String) throws(JSONMemberError) -> Activation {
    let spelling = isAbsent(name) ? absent : try string(name)
    switch spelling {
    case "silu", "swish": return .silu
    case "gelu", "gelu_python": return .gelu
    case "gelu_new", "gelu_fast", "gelu_accurate", "gelu_pytorch_tanh", "gelu_python_tanh": return .geluTanh
    case "quick_gelu": return .quickGelu
    case "relu": return .relu
    case "relu2": return .reluSquared
    default:
      throw error(
        name,
        "the activation \"\(spelling)\" is not supported; supported are silu, gelu, gelu_new, gelu_pytorch_tanh, "
          + "quick_gelu, relu and relu2")
    }
  }

  /// Refuses a switch of the model that is on and that no description covers.
  func refuse(_ name: String, because reason: String) throws(JSONMemberError) {
    switch self[name] {
    case nil, .boolean(false): return
    default: throw error(name, reason)
    }
  }

  private func finite(_ name: String, _ value: Double) throws(JSONMemberError) -> Double {
    guard value.isFinite else { throw error(name, "a finite number is expected") }
    return value
  }
}
