import Foundation
import Leibniz

let analysis = try analyze(
  base: URL(fileURLWithPath: "model"), adapted: URL(fileURLWithPath: "adapter"),
  prompts: URL(fileURLWithPath: "prompts.jsonl"))
for row in analysis.summary where row.layer == nil {
  let shares = row.centered  // what the softmax feels of the change, as the report has it; row.raw is all of it
  print(row.query, row.key, shares[.dKtQ].share, shares[.KtdQ].share, shares[.dKtdQ].share)
}
try analysis.write(to: URL(fileURLWithPath: "report"))
