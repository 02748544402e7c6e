import Architectures
import StrictJSON

/// What a reader of results has to know of an adapter, a sentence each.
extension AdapterReader {
  func warnings(_ result: Adaptation) -> [String] {
    storedFormWarnings
      + [
        unmatchedTargets, unmatchedParameters, outsideModules, unusedModules, bypassedModules, unusualNames, ownName,
        strayLayers,
        differentVocabularies(result),
        untrained(result),
      ].compactMap(\.self)
  }

  private var unmatchedTargets: String? {
    let spelled =
      base.checkpoint.modules.map { tensors.spelledPath(of: $0.text) } + tensors.outside + tensors.unused
      + tensors.bypassed
    let unmatched = configuration.selection?.unmatchedNames(among: spelled) ?? []
    return unmatched.isEmpty ? nil : "The base has no module named \(unmatched.listed()), which the adapter targets."
  }

  private var unmatchedParameters: String? {
    guard !configuration.targetParameters.isEmpty else { return nil }
    let parameters =
      description.expertParameters.flatMap { module, names in names.map { "\(tensors.spelledPath(of: module)).\($0)" } }
      + description.linears.map { "\(tensors.spelledPath(of: $0.module)).weight" }
    let unmatched = configuration.targetParameters.filter { name in
      !parameters.contains { $0.isSpelled(name) || $0.ends(with: ".\(name)") }
    }
    return unmatched.isEmpty
      ? nil : "The base has no parameter named \(unmatched.sorted().listed()), which target_parameters names."
  }

  private var outsideModules: String? {
    tensors.outside.isEmpty
      ? nil
      : """
      What the adapter changes in \(tensors.outside.sorted().listed(3)) is left out, since attention to text does not pass through \
      it: \(tensors.modules.count) of \(tensors.modules.count + tensors.outside.count) modules are applied.
      """
  }

  private var unusedModules: String? {
    tensors.unused.isEmpty
      ? nil
      : """
      What the adapter holds of \(tensors.unused.sorted().listed(3)) is left out: the layers read the keys and values of others, and no \
      run of this base passes through their own.
      """
  }

  private var unusualNames: String? {
    tensors.unusualNames.first.map {
      """
      \(tensors.unusualNames.count) of the adapter's tensors are not named as PEFT names them for this base (\($0)). They are \
      matched by what stands behind the prefix; PEFT would leave them out without an error.
      """
    }
  }

  private var ownName: String? {
    tensors.ownName.map {
      """
      The adapter's tensors bear an adapter's name, “\($0)”, which PEFT takes out when it saves. They are read all the same; \
      PEFT leaves them out without an error unless the adapter is loaded under that very name.
      """
    }
  }

  private var strayLayers: String? {
    let strays = (configuration.selection?.layers ?? []).filter { !description.layers.indices.contains($0) }
    return strays.isEmpty
      ? nil : "The base has no layers \(strays.map(String.init).listed()), which layers_to_transform names."
  }

  private func differentVocabularies(_ result: Adaptation) -> String? {
    guard let vocabulary = result.vocabulary, vocabulary.tableRows != vocabulary.headRows else { return nil }
    return """
      The adapter's files hold a token table of \(vocabulary.tableRows) rows and a head of \(vocabulary.headRows): what its model \
      makes of the others is not in them (save_embedding_layers=True saves both), so its losses are over \
      \(vocabulary.headRows) tokens.
      """
  }

  private func untrained(_ result: Adaptation) -> String? {
    let parts = result.linears.values.flatMap(\.lowRank)
    let isWithoutEffect = { (part: LowRank) in
      part.scale == 0 || part.b.allSatisfy { $0 == 0 } || part.a.allSatisfy { $0 == 0 }
    }
    guard !parts.isEmpty, parts.allSatisfy(isWithoutEffect) else { return nil }
    return "The product B·A is zero in every module, as it is before training: the low-rank part has no effect."
  }
}
