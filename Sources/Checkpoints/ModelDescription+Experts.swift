import Architectures
import StrictJSON

/// Experts as the parameters of one module, as transformers 5 has them and PEFT's `target_parameters` name them.
extension ModelDescription {
  /// By the module that holds the experts of a layer, the names of its parameters in their order: gate_up_proj, down_proj.
  var expertParameters: [String: [String]] {
    var result: [String: [String]] = [:]
    for linear in layers.compactMap({ $0.experts?.experts.first }).flatMap(\.linears) {
      guard let stack = linear.stack else { continue }
      let (module, parameter) = stack.place
      if result[module]?.contains(parameter) != true { result[module, default: []].append(parameter) }
    }
    return result
  }

  /// The paths under which PEFT keeps what it adapts of them: it wraps the module once for each parameter.
  var expertWrappers: Set<Name> {
    Set(expertParameters.keys.flatMap { [Name($0), Name("\($0).base_layer")] })
  }

  /// The modules of routers, and those of experts, which are linear layers in transformers 4 and parameters in transformers 5.
  var mixtureModules: [Set<Name>] {
    let mixtures = layers.compactMap(\.experts)
    return [
      Set(mixtures.map { Name($0.router.module) }),
      Set(mixtures.flatMap(\.experts).flatMap(\.linears).map { Name($0.module) }),
    ]
  }
}

extension WeightStack {
  /// The module that holds the tensor, and the parameter's name in it.
  var place: (module: String, parameter: String) {
    let parts = tensor.components
    return (parts.dropLast().joined(separator: "."), parts.last ?? "")
  }
}
