import Architectures
import Foundation
import StrictJSON

// TEMPORARY loader, replaced by the real one.
final class Tensors: @unchecked Sendable {
  let data: Data
  var entries: [String: (dtype: String, shape: [Int], start: Int)] = [:]
  init(_ url: URL) throws {
    data = try Data(contentsOf: url, options: .alwaysMapped)
    let n = data.withUnsafeBytes { Int($0.loadUnaligned(as: UInt64.self)) }
    let header = try JSONReader(file: url.lastPathComponent, bytes: Array(data[8..<8 + n]))
    for (name, value) in header.object.members where name != "__metadata__" {
      guard case .object(let o) = value else { continue }
      let r = JSONReader(file: name, object: o)
      entries[name] = (try r.string("dtype"), try r.optionalIntegers("shape")!, 8 + n + (try r.optionalIntegers("data_offsets")!)[0])
    }
  }
  func floats(_ name: String, _ range: Range<Int>? = nil) -> [Float]? {
    guard let e = entries[name] else { return nil }
    let count = e.shape.reduce(1, *)
    let range = range ?? 0..<count
    return data.withUnsafeBytes { raw in
      switch e.dtype {
      case "BF16": return range.map { Float(bitPattern: UInt32(raw.loadUnaligned(fromByteOffset: e.start + 2 * $0, as: UInt16.self)) << 16) }
      case "F32": return range.map { raw.loadUnaligned(fromByteOffset: e.start + 4 * $0, as: Float.self) }
      default: fatalError(e.dtype)
      }
    }
  }
}

public final class Model: @unchecked Sendable {
  public let name: String
  public let description: ModelDescription
  public let storedType: String
  public let fingerprint = "0"
  let tensors: Tensors
  public init(folder: URL) throws(CheckpointError) {
    do {
      name = folder.lastPathComponent
      tensors = try Tensors(folder.appendingPathComponent("model.safetensors"))
      let config = try JSONReader(file: "config.json", bytes: Array(Data(contentsOf: folder.appendingPathComponent("config.json"))))
      description = try Family.describe(config: config)
      storedType = tensors.entries.first!.value.dtype
    } catch { throw .invalid(file: "", found: "\(error)", advice: "") }
  }
  func tensor(_ module: String) -> String {
    if module == "lm_head", tensors.entries["lm_head.weight"] == nil { return description.embedding.tokens.module }
    return module
  }
  public func weight(_ linear: Linear, rows: RowSelection, into target: UnsafeMutablePointer<Float>) throws(CheckpointError) {
    var t = target
    if linear.isTransposed {
      let all = tensors.floats(tensor(linear.module) + ".weight")!
      for run in rows.runs { for r in run { for c in 0..<linear.inputs { t[c] = all[c * linear.outputs + r] }; t += linear.inputs } }
      return
    }
    for run in rows.runs {
      let v = tensors.floats(tensor(linear.module) + ".weight", run.lowerBound * linear.inputs..<run.upperBound * linear.inputs)!
      t.update(from: v, count: v.count); t += v.count
    }
  }
  public func bias(_ linear: Linear, rows: RowSelection) throws(CheckpointError) -> [Float]? {
    guard linear.hasBias else { return nil }
    let b = tensors.floats(linear.module + ".bias")!
    return rows.runs.flatMap { b[$0] }
  }
  public func gain(_ norm: Norm) throws(CheckpointError) -> [Float] {
    norm.modules.flatMap { tensors.floats($0 + ".weight")! }.map { norm.storesGainMinusOne ? $0 + 1 : $0 }
  }
  public func bias(_ norm: Norm) throws(CheckpointError) -> [Float] { norm.hasBias ? norm.modules.flatMap { tensors.floats($0 + ".bias")! } : [] }
  public func row(_ index: Int, of table: Embedding, into target: UnsafeMutablePointer<Float>) throws(CheckpointError) {
    let v = tensors.floats(table.module + ".weight", index * table.columns..<(index + 1) * table.columns)!
    target.update(from: v, count: v.count)
  }
  public func merging(adapterFolders: [URL]) throws(CheckpointError) -> Model { self }
}
extension Adaptation {
  public static func open(folder: URL, base: Model) throws -> Adaptation {
    let path = folder.appendingPathComponent("adapter_config.json")
    guard FileManager.default.fileExists(atPath: path.path) else {
      let other = try Model(folder: folder)
      var a = Adaptation(name: folder.lastPathComponent, kind: .checkpoint, fingerprint: "0")
      for (name, e) in base.tensors.entries {
        let new = other.tensors.floats(name)!, old = base.tensors.floats(name)!
        if new == old { continue }
        let module = String(name.dropLast(7)), d = zip(new, old).map { $0 - $1 }
        if name.contains("norm") { a.norms[module] = NormChange(gain: d) }
        else if name.contains("embed") {
          let c = e.shape[1]
          a.embeddings[module] = EmbeddingChange(isLowRank: false, rows: nil) { (row, t) throws(CheckpointError) in for i in 0..<c { t[i] = d[row * c + i] } }
          if base.tensors.entries["lm_head.weight"] == nil { var l = LinearChange(); l.dense = DenseChange { (rows, t) throws(CheckpointError) in for (i, r) in rows.runs.joined().enumerated() { for k in 0..<c { t[i * c + k] = d[r * c + k] } } }; a.linears["lm_head"] = l }
        } else { let c = e.shape[1]; var l = LinearChange(); l.dense = DenseChange { (rows, t) throws(CheckpointError) in for (i, r) in rows.runs.joined().enumerated() { for k in 0..<c { t[i * c + k] = d[r * c + k] } } }; a.linears[module] = l }
      }
      return a
    }
    let config = try JSONReader(file: "adapter_config.json", bytes: Array(Data(contentsOf: path)))
    let t = try Tensors(folder.appendingPathComponent("adapter_model.safetensors"))
    var a = Adaptation(name: folder.lastPathComponent, kind: .lora, fingerprint: "0")
    a.invocationTokens = try config.optionalIntegers("alora_invocation_tokens")
    a.rank = try config.integer("r")
    for (name, e) in t.entries where name.hasSuffix(".lora_A.weight") {
      let module = String(name.dropFirst("base_model.model.".count).dropLast(".lora_A.weight".count))
      let r = e.shape[0]
      let last = String(module.split(separator: ".").last!)
      let alpha = try config.optionalObject("alpha_pattern")?.optionalNumber(last) ?? config.number("lora_alpha")
      let s = try config.optionalBoolean("use_rslora") == true ? alpha / Double(r).squareRoot() : alpha / Double(r)
      var l = LinearChange()
      l.lowRank = [LowRank(rank: r, scale: s, a: t.floats(name)!, b: t.floats(name.replacingOccurrences(of: "lora_A", with: "lora_B"))!)]
      a.linears[module] = l
    }
    return a
  }
}
