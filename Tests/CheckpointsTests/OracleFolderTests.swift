import Architectures
import Foundation
import Testing

@testable import Checkpoints

/// Every base and adapter of the reference cases (environment variable LEIBNIZ_ORACLE) opens and can be read.
struct OracleFolderTests {
  static let folder = ProcessInfo.processInfo.environment["LEIBNIZ_ORACLE"].map { URL(fileURLWithPath: $0) }
  static let cases =
    folder.flatMap { try? FileManager.default.contentsOfDirectory(atPath: $0.path) }?.filter { !$0.hasPrefix(".") }
    ?? []

  @Test(.enabled(if: folder != nil, "LEIBNIZ_ORACLE is not set"), arguments: cases)
  func opens(name: String) throws {
    let folder = try #require(Self.folder).appendingPathComponent(name)
    let model = try Model(folder: folder.appendingPathComponent("base"))
    let adaptation = try Adaptation.open(folder: folder.appendingPathComponent("adapted"), base: model)
    #expect(adaptation.kind != .none && !adaptation.targets.isEmpty && adaptation.warnings.isEmpty)
    for linear in model.description.linears + [model.description.head.linear] {
      #expect(try model.floats(linear).allSatisfy(\.isFinite))
      let isFinite = try adaptation.change(of: linear)?.weight.allSatisfy { $0.isFinite }
      #expect(isFinite != false)
    }
    #expect(try FolderInspection(folder: folder.appendingPathComponent("base")).problems.isEmpty)
    #expect(try FolderInspection(folder: folder.appendingPathComponent("adapted")).problems.isEmpty)
  }
}
