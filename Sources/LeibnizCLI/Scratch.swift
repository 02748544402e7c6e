import Foundation
import Leibniz
enum ReportFiles { static func all(_ a: Analysis) -> [(path: String, bytes: [UInt8])] {
  func mag(_ m: Magnitude) -> [String: Any] { ["mean": m.mean, "meanAbs": m.meanAbs, "rms": m.rms, "maxAbs": m.maxAbs] }
  func dec(_ d: Decomposition) -> [String: Any] { ["delta": mag(d.delta), "terms": Dictionary(uniqueKeysWithValues: Term.allCases.map { t in (t.name, mag(d[t].magnitude).merging(["share": d[t].share, "dominance": d[t].dominance]) { a, _ in a }) })] }
  let blocks = a.blocks.map { b in dec(b.raw).merging(["layer": b.layer!, "head": b.head!, "query": b.query, "key": b.key, "pairs": b.pairs, "centered": dec(b.centered)]) { a, _ in a } }
  let o: [String: Any] = ["blocks": blocks, "stream": a.stream.map { ["layer": $0.layer, "region": $0.region, "relative": $0.relative] as [String: Any] }, "loss": ["base": a.loss?.base.map { $0 ?? 0 } ?? [], "adapted": a.loss?.adapted.map { $0 ?? 0 } ?? []]]
  print("closure", a.closure, a.warnings)
  return [("analysis.json", Array(try! JSONSerialization.data(withJSONObject: o)))] } }
