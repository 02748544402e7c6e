import Results

/// How a yardstick is spoken of.
extension Yardstick {
  /// What parts are parts of.
  var whole: String { self == .nats ? "what attention felt" : "the scores' change" }

  /// The size of a change, for a figure's legend.
  var sizeName: String {
    switch self {
    case .nats: "nats a query"
    case .energy(let isCentered): "rms ΔS\(isCentered ? ", centred" : "")"
    }
  }

  /// Its name in the page's addresses.
  var split: String {
    switch self {
    case .nats: "nats"
    case .energy(let isCentered): isCentered ? "centred" : "raw"
    }
  }

  /// What shares are of, behind a title.
  var caption: String { self == .nats ? "in nats" : split }

  /// The column of a part.
  var partColumn: Phrase { self == .nats ? "part of nats %" : "part of ΔS %" }
  /// The column of a size.
  var sizeColumn: Phrase { self == .nats ? "nats" : "rms ΔS" }
}
