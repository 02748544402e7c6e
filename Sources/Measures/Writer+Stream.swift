import Architectures
import Results

extension Writer {
  /// The same writer as a model's description names it.
  package init(_ writer: StreamWriter) {
    switch writer.part {
    case .embed: self.init(layer: nil, .embed)
    case .attention: self.init(layer: writer.layer, .attention)
    case .recurrence: self.init(layer: writer.layer, .recurrence)
    case .mlp: self.init(layer: writer.layer, .mlp)
    case .input: self.init(layer: writer.layer, .input)
    case .scale: self.init(layer: writer.layer, .scale)
    case .head(let head): self.init(layer: writer.layer ?? 0, head: head)
    }
  }

  /// The part of a model that it is; nil for what a reader makes beside, and for heads.
  package var stream: StreamWriter? {
    switch part {
    case .embed: StreamWriter(layer: nil, .embed)
    case .attention: head == nil ? StreamWriter(layer: layer, .attention) : nil
    case .recurrence: StreamWriter(layer: layer, .recurrence)
    case .mlp: StreamWriter(layer: layer, .mlp)
    case .input: StreamWriter(layer: layer, .input)
    case .scale: layer.map { StreamWriter(layer: $0, .scale) }
    case .gain, .head: nil
    }
  }
}
