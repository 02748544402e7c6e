import Vocabulary

/// Why an intervention cannot be run.
public enum InterventionError: Error, Sendable, Equatable, CustomStringConvertible {
  /// A mask is not spelt right.
  case badMask(String, reason: String)
  /// A name that stands for no part.
  case unknownPart(String)
  /// Layers or heads are not spelt right.
  case badSelection(String, reason: String)
  /// A region that no prompt has.
  case unknownRegion(String, known: [String], origin: String)
  /// A layer that the model lacks.
  case noLayer(Int, layers: Int, origin: String)
  /// A head that the model lacks.
  case noHead(layer: Int, head: Int, heads: Int, origin: String)
  /// A name that stands for nothing or for two things.
  case badName(String, reason: String, origin: String)
  /// What writers wrote cannot be told apart in what keys and queries are.
  case noWriters(writer: String, obstacle: String, origin: String)
  /// Nothing is left out, or nowhere.
  case empty(reason: String, origin: String)
  /// Nothing was asked for.
  case nothing
  /// No prompt has a token to predict.
  case noPredictions(region: String?)

  /// One paragraph: what was found, what is known, what to do.
  public var description: String {
    switch self {
    case .badMask(let text, let reason): "The mask “\(text)” is not understood: \(reason)."
    case .unknownPart(let name):
      """
      “\(name)” is no part of a change. Known are the terms of a score \(Self.list(Part.scores)) (together: scores), of the \
      values \(Self.list(Part.values)) (together: values), and the sources \
      \(Self.list(Part.keySources + Part.querySources + Part.valueSources)) (together: dK, dQ, dV); of mixtures of experts \
      \(Self.list(Part.experts)) (together: experts); and of what a writer wrote into later keys and queries, as in \
      written:L5.mlp, dK.written:L5.attention or dQ.written:embed.
      """
    case .badSelection(let text, let reason): "“\(text)” is not understood: \(reason)."
    case .unknownRegion(let name, let known, let origin):
      "\(origin): no prompt has a region “\(name)”. The prompts' regions are \(known.joined(separator: ", "))."
    case .noLayer(let layer, let layers, let origin):
      "\(origin): there is no layer \(layer); the model's layers are 0 to \(layers - 1)."
    case .noHead(let layer, let head, 0, let origin):
      """
      \(origin): there is no head L\(layer)H\(head) that attends; layer \(layer) is a recurrence, which has no scores. Name a head of a \
      layer that has some.
      """
    case .noHead(let layer, let head, let heads, let origin):
      "\(origin): there is no head L\(layer)H\(head); the heads of layer \(layer) are 0 to \(heads - 1)."
    case .badName(let name, let reason, let origin):
      "\(origin): an intervention cannot be called “\(name)”: \(reason). Choose another name."
    case .noWriters(let writer, let obstacle, let origin):
      "\(origin): what \(writer) wrote cannot be left out where \(obstacle). Leave out dK.inherited or dQ.inherited instead."
    case .empty(let reason, let origin): "\(origin): nothing would change: \(reason)."
    case .nothing:
      "Nothing to leave out was named. Give parts to leave out (--drop dKtQ), a mask, a sweep, parts whose worth is asked (--worth terms) or a plan."
    case .noPredictions(let region):
      region.map {
        "No prompt has a token of the region “\($0)” that can be predicted, so there is no loss to compare."
      }
        ?? """
        No prompt has tokens after its separator or labels any, so there is no loss to compare. Give prompts with a separator or \
        with "labels" or "loss_mask", or name the \
        region whose tokens count by --loss-region.
        """
    }
  }

  private static func list(_ parts: [Part]) -> String { parts.map(\.rawValue).joined(separator: ", ") }
}
