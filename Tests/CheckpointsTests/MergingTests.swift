import Architectures
import Foundation
import Testing

@testable import Checkpoints

/// `--base-adapter`: adapters merged into the base.
struct MergingTests {
  @Test(
    arguments: AdapterFormulaTests.cases.filter {
      !["activated", "head-tied", "vocabulary-tied"].contains($0.adapter)
    }.map { ($0.adapter, $0.base) })
  func sumsAreRoundedOnce(adapter: String, base name: String) throws {
    let base = try Model(folder: Samples.base(name))
    let adaptation = try Adaptation.open(folder: Samples.adapter(adapter), base: base)
    let merged = try base.merging(adapterFolders: [Samples.adapter(adapter)])
    for linear in base.description.linears + [base.description.head.linear] {
      let (old, new) = (try base.floats(linear), try merged.floats(linear))
      let change = try adaptation.change(of: linear)
      for index in old.indices {
        let exact = Double(old[index]) + (change?.weight[index] ?? 0)
        #expect(abs(Double(new[index]) - exact) <= abs(exact) * 0x1p-23, "\(linear.module) \(index)")
      }
      let rows = RowSelection(0..<linear.outputs)
      let biases = zip(try base.bias(linear, rows: rows) ?? [], try merged.bias(linear, rows: rows) ?? [])
      for (index, (old, new)) in biases.enumerated() {
        let exact = Double(old) + (change?.bias[index] ?? 0)
        #expect(abs(Double(new) - exact) <= abs(exact) * 0x1p-23)
      }
    }
    for table in base.description.tables {
      let change = try adaptation.change(of: table)
      for row in 0..<table.rows {
        for (column, (old, new)) in zip(
          try base.floats(row: row, of: table), try merged.floats(row: row, of: table)
        ).enumerated() {
          let exact = Double(old) + (change?[row * table.columns + column] ?? 0)
          #expect(abs(Double(new) - exact) <= abs(exact) * 0x1p-23)
        }
      }
    }
    for norm in base.description.norms {
      let change = adaptation.norms[norm.modules[0]]?.gain ?? [Float](repeating: 0, count: norm.width)
      #expect(try merged.gain(norm) == zip(try base.gain(norm), change).map { Float(Double($0) + Double($1)) })
    }
    #expect(merged.fingerprint != base.fingerprint && merged.fingerprint.count == 64)
    #expect(merged.name == "\(name)+\(adapter)")
  }

  @Test func adaptersOnTopOfEachOther() throws {
    let base = try Model(folder: Samples.base("llama"))
    let (first, second) = (Samples.adapter("layers"), Samples.adapter("dora"))
    let both = try base.merging(adapterFolders: [first, second])
    let stepwise = try base.merging(adapterFolders: [first]).merging(adapterFolders: [second])
    let other = try base.merging(adapterFolders: [second, first])
    #expect(both.fingerprint == stepwise.fingerprint && both.fingerprint != other.fingerprint)
    let linear = try #require(base.linear("model.layers.1.self_attn.q_proj"))
    #expect(try both.floats(linear) == stepwise.floats(linear))
    // A DoRA's norm is that of what it is put on.
    #expect(try both.floats(linear) != other.floats(linear))
    #expect(try base.merging(adapterFolders: []).fingerprint == base.fingerprint)
  }

  /// To PEFT only a head that is the token table's own parameter follows its rows.
  @Test func aSavedTablePartsTheHeadFromIt() throws {
    let tied = try Model(folder: Samples.base("tied"))
    let parted = try tied.merging(adapterFolders: [Samples.adapter("saved-tied")])
    let head = tied.description.head.linear.module
    #expect(try Adaptation.open(folder: Samples.adapter("tokens-tied"), base: tied).linears[head]?.dense != nil)
    let adaptation = try Adaptation.open(folder: Samples.adapter("tokens-tied"), base: parted)
    #expect(adaptation.linears[head] == nil && !adaptation.embeddings.isEmpty)
  }

  /// The second checkpoint is compared with the merged base, not with the files.
  @Test func checkpointsAreComparedWithTheMergedBase() throws {
    let base = try Model(folder: Samples.base("llama"))
    let merged = try base.merging(adapterFolders: [Samples.adapter("layers")])
    let adaptation = try Adaptation.open(folder: Samples.base("llama"), base: merged)
    let linear = try #require(base.linear("model.layers.1.self_attn.q_proj"))
    let forth = try #require(
      try Adaptation.open(folder: Samples.adapter("layers"), base: base).change(of: linear)
    ).weight
    let back = try #require(try adaptation.change(of: linear)).weight
    #expect(adaptation.kind == .checkpoint)
    #expect(relativeError(back.map { -$0 }, forth.map { Float($0) }) <= 1e-6)
  }

  @Test(arguments: [
    ("tied", "adapters/activated", "an Activated LoRA acts on some tokens only"),
    ("tied", "adapters/head-tied", "which are one tensor in this model"),
    ("tied", "adapters/vocabulary-tied", "which are one tensor in this model"),
    ("llama", "llama", "it is a checkpoint"),
  ])
  func refusals(base: String, folder: String, reason: String) throws {
    let model = try Model(folder: Samples.base(base))
    let message = message { _ = try model.merging(adapterFolders: [Samples.fixtures.appendingPathComponent(folder)]) }
    #expect(message.contains("cannot be merged into the base: ") && message.contains(reason), "\(message)")
  }

  @Test func loRABiasNeedsABias() throws {
    let scratch = try ScratchFolder(copying: Samples.adapter("lora-bias"))
    let base = try ScratchFolder(copying: Samples.base("llama"))
    try base.set(["attention_bias": false], in: "config.json")
    try base.rewrite("model.safetensors") { tensors in
      tensors.entries = tensors.entries.filter { !($0.key.contains("self_attn") && $0.key.hasSuffix("bias")) }
    }
    let model = try Model(folder: base.url)
    let linear = try #require(model.linear("model.layers.0.self_attn.q_proj"))
    #expect(try Adaptation.open(folder: scratch.url, base: model).linears[linear.module]?.lowRank.first?.bias != nil)
    #expect(message { _ = try model.merging(adapterFolders: [scratch.url]) }.contains("which has no bias"))
  }
}
