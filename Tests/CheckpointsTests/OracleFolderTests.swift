import Architectures
import Foundation
import OracleFixtures
import Testing

@testable import Checkpoints

/// Every base and adapter of the reference cases (environment variable LEIBNIZ_ORACLE) opens and can be read.
struct OracleFolderTests {
  @Test(.enabled(if: !OracleCase.further.isEmpty, "LEIBNIZ_ORACLE is not set"), arguments: OracleCase.further)
  func opens(oracle: OracleCase) throws {
    let model = try Model(folder: oracle.base)
    let adaptation = try Adaptation.open(folder: oracle.adapted, base: model)
    #expect(adaptation.kind != .none && !adaptation.targets.isEmpty)
    // One adapter was saved with the text half alone, which PEFT would not find in the whole model.
    #expect(adaptation.warnings.isEmpty == (oracle.description != "gemma4-lora-hub"))
    for linear in model.description.linears + [model.description.head.linear] {
      #expect(try model.floats(linear).allSatisfy(\.isFinite))
      let isFinite = try adaptation.change(of: linear)?.weight.allSatisfy { $0.isFinite }
      #expect(isFinite != false)
    }
    #expect(try FolderInspection(folder: oracle.base).problems.isEmpty)
    #expect(try FolderInspection(folder: oracle.adapted).problems.isEmpty)
  }
}
