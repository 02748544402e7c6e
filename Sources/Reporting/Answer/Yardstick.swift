import Results

/// What the changes of a pair of regions are measured in: heads, layers and terms are ranked by it.
enum Yardstick: Equatable {
  /// What attention felt, in nats (docs/method.md); scores that nobody attends to do not count.
  case nats
  /// Σ ΔS², for analyses without `attention` and where attention did not move.
  case energy(isCentered: Bool)

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
