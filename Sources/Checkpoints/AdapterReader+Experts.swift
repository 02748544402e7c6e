import Architectures
import Safetensors
import StrictJSON

/// Adapters on the parameters that hold all experts of a layer (PEFT, `ParamWrapper`).
///
/// PEFT wraps the module of the experts once for each parameter that is targeted, in the order in which the module has them: what
/// adapts `gate_up_proj` lies within what adapts `down_proj`, under `experts.base_layer`. A parameter of E matrices has one A and
/// one B: A holds the experts' own one after the other, B has their columns rank by rank, dW_e = s·B_e·A_e.
extension AdapterReader {
  /// Adds the changes of all experts.
  func applyExpertParameters(to result: inout Adaptation) throws(CheckpointError) {
    let parameters = description.expertParameters
    var pairs: [String: ExpertFactors] = [:]
    for (module, names) in parameters.sorted(by: { $0.key < $1.key }) {
      try readFactors(module, names, into: &pairs)
    }
    for linear in description.layers.compactMap(\.experts).flatMap(\.linears) {
      guard let stack = linear.stack, let factors = pairs[stack.tensor] else { continue }
      result.linears[linear.module, default: LinearChange()].lowRank.append(factors.part(of: linear, stack))
      result.rank = max(result.rank ?? 0, factors.rank)
    }
  }

  /// The factors of a module's parameters, by the parameter's path.
  private func readFactors(
    _ module: String, _ names: [String], into pairs: inout [String: ExpertFactors]
  ) throws(CheckpointError) {
    let wrapper = "\(module).base_layer"
    let spelled = tensors.spelledPath(of: tensors.modules[module] == nil ? wrapper : module)
    let path = spelled.rest(before: ".base_layer") ?? spelled
    let targeted = names.filter { configuration.targets(parameter: "\(path).\($0)") }
    let places = targeted.indices.map { String(repeating: ".base_layer", count: targeted.count - 1 - $0) }
    for (name, place) in zip(targeted, places) {
      guard let roles = tensors.modules[module + place], let down = roles[.down], let up = roles[.up] else {
        throw .configuration(
          configuration.reader.error(
            "target_parameters",
            "\(path).\(name) is targeted, but the adapter has no \(path)\(place).lora_A and lora_B; the files do not belong together"
          ))
      }
      pairs["\(module).\(name)"] = try factors("\(path).\(name)", of: "\(module).\(name)", down, up)
    }
    for role in [module, wrapper].dropFirst(targeted.isEmpty ? 0 : targeted.count) {
      guard let tensor = tensors.modules[role]?.values.min(by: { $0.name < $1.name }) else { continue }
      throw .unexpectedTensor(
        file: tensor.file, tensor: tensor.name,
        reason: "target_parameters in adapter_config.json names no parameter that it adapts")
    }
  }

  private func factors(
    _ path: String, of parameter: String, _ down: Tensor, _ up: Tensor
  ) throws(CheckpointError) -> ExpertFactors {
    let linears = description.layers.lazy.compactMap { $0.experts?.experts.first }.flatMap(\.linears)
    guard let linear = linears.first(where: { $0.stack?.tensor == parameter }), let stack = linear.stack else {
      preconditionFailure("a parameter of the description")
    }
    let rank = configuration.rank(of: [path])
    let (width, height) = (linear.inputs, stack.height)
    // PEFT took the tensors' second axis for their inputs before 0.19.1, which it is in transposed ones.
    let isTurned =
      stack.isTransposed
      ? false : try isTurned(down, up, rank: rank * stack.experts, inputs: width, outputs: height)
    let shapes = isTurned ? (height, width) : (width, height)
    try check(down, [rank * stack.experts, shapes.0], of: linear.module, Self.rankMembers)
    try check(up, [shapes.1, rank * stack.experts], of: linear.module, Self.rankMembers)
    return ExpertFactors(
      rank: rank, scale: configuration.scale(of: [path]), experts: stack.experts, a: try floats(down),
      b: try floats(up),
      isTurned: isTurned)
  }

  /// Whether A and B belong to the transposed matrices, as PEFT before 0.19.1 wrote them: told by their shapes, and where both fit by
  /// the version that wrote them.
  private func isTurned(
    _ down: Tensor, _ up: Tensor, rank: Int, inputs: Int, outputs: Int
  ) throws(CheckpointError) -> Bool {
    guard inputs == outputs else { return down.shape == [rank, outputs] && up.shape == [inputs, rank] }
    guard case .string(let version)? = configuration.reader["peft_version"] else {
      throw .configuration(
        configuration.reader.error(
          "peft_version",
          """
          it is missing, and the experts' matrices are square: PEFT before 0.19.1 wrote what adapts them the other way round. Add \
          the version that the adapter was trained with
          """))
    }
    let parts = version.split(separator: ".").map { Int($0.prefix { $0.isASCII && $0.isNumber }) ?? 0 } + [0, 0, 0]
    return (parts[0], parts[1], parts[2]) < (0, 19, 1)
  }
}

/// A and B of a parameter that holds all experts of a layer.
private struct ExpertFactors {
  let rank: Int
  let scale: Double
  let experts: Int
  /// (experts · rank, inputs), expert by expert.
  let a: [Float]
  /// (outputs, rank · experts), rank by rank.
  let b: [Float]
  /// Whether the product is the transposed matrix: (experts · rank, outputs) and (inputs, rank · experts).
  let isTurned: Bool

  /// The low-rank part of some rows of one expert's matrix.
  func part(of linear: Linear, _ stack: WeightStack) -> LowRank {
    let width = a.count / (experts * rank)
    let rows = (0..<linear.outputs).map(stack.row)
    func first(_ inner: Int, _ column: Int) -> Float { a[(stack.expert * rank + inner) * width + column] }
    func second(_ row: Int, _ inner: Int) -> Float { b[(row * rank + inner) * experts + stack.expert] }
    let (inner, columns) = (0..<rank, 0..<linear.inputs)
    return LowRank(
      rank: rank, scale: scale,
      a: inner.flatMap { k in columns.map { isTurned ? second($0, k) : first(k, $0) } },
      b: rows.flatMap { row in inner.map { isTurned ? first($0, row) : second(row, $0) } })
  }
}
