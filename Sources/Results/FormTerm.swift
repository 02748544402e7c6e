/// Which of a head's two bilinear forms, matrices of hidden × hidden that need no data to be known.
public enum FormKind: String, Sendable, CaseIterable, Codable {
  /// c·W_Qᵀ W_K: which input attends to which.
  case qk = "QK"
  /// W_O W_V: what an attended input becomes in the stream.
  case ov = "OV"
}

/// One of the three parts of a form's change. A form is a product of two factors, so its change follows the product rule.
public enum FormTerm: Int, Sendable, CaseIterable {
  /// The second factor alone changed: W_Qᵀ dW_K, or W_O dW_V.
  case second
  /// The first factor alone changed: dW_Qᵀ W_K, or dW_O W_V.
  case first
  /// Both changed: dW_Qᵀ dW_K, or dW_O dW_V.
  case both

  /// The name in weights.json: "dKtQ", "KtdQ", "dKtdQ"; "OdV", "dOV", "dOdV".
  public func name(in form: FormKind) -> String {
    switch (form, self) {
    case (.qk, .second): "dKtQ"
    case (.qk, .first): "KtdQ"
    case (.qk, .both): "dKtdQ"
    case (.ov, .second): "OdV"
    case (.ov, .first): "dOV"
    case (.ov, .both): "dOdV"
    }
  }

  /// The name in prose: "dKᵀQ", "KᵀdQ", "dKᵀdQ"; "O·dV", "dO·V", "dO·dV".
  public func symbol(in form: FormKind) -> String {
    switch (form, self) {
    case (.qk, .second): "dKᵀQ"
    case (.qk, .first): "KᵀdQ"
    case (.qk, .both): "dKᵀdQ"
    case (.ov, .second): "O·dV"
    case (.ov, .first): "dO·V"
    case (.ov, .both): "dO·dV"
    }
  }
}

/// The size of a matrix.
public struct MatrixSize: Sendable, Equatable, Codable {
  /// √ of the sum of the squared elements.
  public var frobenius: Double
  /// The largest singular value.
  public var spectral: Double

  /// A size from its parts.
  public init(frobenius: Double, spectral: Double) {
    self.frobenius = frobenius
    self.spectral = spectral
  }

  /// The size of a matrix of zeros.
  public static let zero = MatrixSize(frobenius: 0, spectral: 0)
}
