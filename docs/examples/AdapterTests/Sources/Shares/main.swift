import Foundation
import Leibniz

let analysis = try analyze(
  base: URL(fileURLWithPath: "model"), adapted: URL(fileURLWithPath: "adapter"),
  prompts: URL(fileURLWithPath: "prompts.jsonl"))
for row in analysis.summary where row.layer == nil {
  print(row.query, row.key, row.raw[.dKtQ].share, row.raw[.KtdQ].share, row.raw[.dKtdQ].share)
}
try analysis.write(to: URL(fileURLWithPath: "report"))
