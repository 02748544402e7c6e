import ArgumentParser
import Foundation
import Leibniz
import Reporting

/// `leibniz ablate`.
struct Ablate: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Leave parts of an adapter's change out and say how much of its benefit goes with them.",
    discussion: """
      A large term need not matter. The adapted model is run with parts of its change left out, everything downstream \
      follows, and the loss on the tokens after the separator, or on those that prompts label, says what that cost:

        benefit lost = (intervened − adapted) / (base − adapted)

      PARTS, with commas between them:
        dKtQ, KtdQ, dKtdQ   a term of the scores' change (together: scores)
        dPV, PdV, dPdV      a term of what tokens hand on (together: values)
        dK.own, dK.inherited, dK.joint, dK.norm, likewise dQ… and dV…
                            where a change of keys comes from: the layer's own weights, the stream, both (dK: all)

      MASKS say where the adapter's change acts: auto (its own), none (everywhere), after (from the separator on), or by \
      projection SITES:WHERE with q, k, v, o, gate, up, down, attention, mlp, where off also means nowhere.

      EXAMPLES
        leibniz ablate base adapter --prompts prompts.jsonl --output report --drop dKtQ --from after --to before
        leibniz ablate base adapter --prompts prompts.jsonl --output report --drop dKtQ --drop KtdQ --keep KtdQ
        leibniz ablate base adapter --prompts prompts.jsonl --output report --sweep heads --from after --to before
        leibniz ablate base adapter --prompts prompts.jsonl --output report --two-views --mask after
        leibniz ablate base adapter --prompts prompts.jsonl --output report --plan plan.yaml
        leibniz ablate base full masked --prompts prompts.jsonl --output reports --drop scores

      A plan names interventions in the same words:

        schema: 1
        interventions:
          - {name: lookups, drop: dKtQ, from: after, to: before}
          - {name: early keys, drop: [dK.own, dK.joint], layers: 0-9}
          - {name: masked, mask: after}

      Every report begins with how much passes through scores, values and neither. The folder holds interventions.md, \
      interventions.json and figures/; of several adapters each has a folder of its own, beside a page that compares them. Exit codes: 0 done, 1 the verification failed, 2 an input is wrong, 64 usage, 130 and 143 interrupted \
      (--resume goes on).
      """)

  @Argument(help: "The base model's folder.", completion: .directory)
  var base: String

  @Argument(help: "The folders of one or more adapters or adapted models.", completion: .directory)
  var adapted: [String]

  @OptionGroup var prompts: PromptOptions

  @Option(
    name: .shortAndLong, help: "The folder to write the report to; with --shard, the part.", completion: .directory)
  var output: String

  @Option(help: ArgumentHelp("Parts to leave out (repeatable: a variant each).", valueName: "parts"))
  var drop: [String] = []

  @Option(
    help: ArgumentHelp("Leave out all other parts of the same kind (repeatable: a variant each).", valueName: "parts"))
  var keep: [String] = []

  @Option(help: ArgumentHelp("Only for queries in this region.", valueName: "region"))
  var from: String?

  @Option(help: ArgumentHelp("Only for keys in this region.", valueName: "region"))
  var to: String?

  @Option(help: "Only in these layers: 3-7,12.")
  var layers: String?

  @Option(help: "Only in these query heads: L3H7,L4H0.")
  var heads: String?

  @Option(
    help: ArgumentHelp(
      "Where the change acts in the interventions, WHERE or SITES:WHERE (repeatable); alone it is an intervention too.",
      valueName: "mask"))
  var mask: [String] = []

  @Flag(
    name: .customLong("two-views"),
    help:
      "Also: tokens before the separator stay the base's own for themselves, later ones find adapted keys and values.")
  var twoViews = false

  @Option(help: "A YAML file of named interventions.", completion: .file(extensions: ["yaml", "yml"]))
  var plan: String?

  @Option(help: "Run a family, each member on its own: layers, heads, blocks, terms or sources (repeatable).")
  var sweep: [Sweep] = []

  @Option(
    name: .customLong("own-mask"),
    help: ArgumentHelp(
      "The adapter's own mask, where its files do not tell it: auto, none, after or SITES:WHERE (repeatable).",
      valueName: "mask"))
  var ownMask: [String] = []

  @Option(
    name: .customLong("loss-region"),
    help: ArgumentHelp(
      "Predict this region's tokens in place of those after the separator, where prompts do not label any.",
      valueName: "region"))
  var lossRegion: String?

  @Flag(
    name: .customLong("no-overview"), help: "Do not leave out scores, values, both, and each term everywhere first.")
  var hasNoOverview = false

  @OptionGroup var verification: VerifyOptions

  @OptionGroup var scale: ScaleOptions

  @OptionGroup var work: RunOptions

  func validate() throws {
    if adapted.isEmpty { throw ValidationError("Missing expected argument '<adapted> ...'") }
    do { _ = try (ownPlan(), variants()) } catch { throw ValidationError("\(error)") }
    if drop.isEmpty, keep.isEmpty, mask.isEmpty, !twoViews, plan == nil, sweep.isEmpty {
      throw ValidationError(InterventionError.nothing.description)
    }
    let isPlaced = from != nil || to != nil || layers != nil || heads != nil
    if isPlaced, drop.isEmpty, keep.isEmpty, sweep.isEmpty {
      throw ValidationError(
        "--from, --to, --layers and --heads say where parts are left out; name them by --drop or --keep.")
    }
  }

  func run() throws {
    try reportingInputErrors {
      if let shard = scale.shard { return try run(shard) }
      if try isFinished() { return try scale.tellFinished(output, work) }
      let target = try namingOptions(output) { () throws(ReportFolderError) in
        try ReportFolder.forInterventions(URL(fileURLWithPath: output), replacing: work.force)
      }
      let interventions = try interventions()
      let keeping = scale.keeping(output, work)
      let interruption = Interruption(output, keeping: keeping.folder, temporary: target.temporary)
      let progress = work.progress
      let ablations = try ablate(
        base: URL(fileURLWithPath: base), adapted: adapted.map { URL(fileURLWithPath: $0) },
        prompts: prompts.source(), interventions: interventions,
        options: options(progress, keeping))
      progress.finish()
      try namingOptions(output) { () throws(ReportFolderError) in
        try target.write(ablations) { place in
          try interruption.finishing {
            try place()
            keeping.remove()
          }
        }
      }
      try tell(ablations, output, isQuiet: work.quiet)
    }
  }

  /// Whether there is nothing left to go on with.
  private func isFinished() throws -> Bool {
    guard scale.resume, !work.force else { return false }
    return try FinishedReport.stands(
      in: URL(fileURLWithPath: output), base: URL(fileURLWithPath: base),
      adapted: adapted.map { URL(fileURLWithPath: $0) }, prompts: prompts.source(),
      interventions: interventions(), options: options(work.progress, scale.keeping(output, work)))
  }

  private func run(_ shard: Shard) throws {
    let (progress, keeping) = (work.progress, scale.keeping(output, work))
    let interruption = Interruption(output, keeping: keeping.folder)
    let outcome = try ablate(
      base: URL(fileURLWithPath: base), adapted: adapted.map { URL(fileURLWithPath: $0) },
      prompts: prompts.source(), interventions: interventions(),
      options: options(progress, keeping), shard: shard, to: URL(fileURLWithPath: output))
    progress.finish()
    try interruption.finishing { try scale.tell(outcome, output, work) }
  }

  private func options(_ progress: ProgressLine, _ keeping: BatchKeeping) throws -> AblationOptions {
    let own = try ownPlan()
    var options = AblationOptions(
      mask: own.general, siteMasks: own.sites, separator: try prompts.rule(), lossRegion: lossRegion,
      sweeps: sweep, hasOverview: !hasNoOverview, threads: work.threads, verifiedPrompts: verification.count,
      baseAdapters: work.baseAdapters, progress: progress.show)
    options.allowsMissingSeparator = prompts.allowsMissing
    (options.batchTokens, options.maxMemory, options.keeping) = (scale.batchTokens, scale.maxMemory?.bytes, keeping)
    return options
  }

  private func interventions() throws -> [Intervention] {
    try variants() + (plan.map { try InterventionPlan(CommandFiles.text(at: $0), file: $0).interventions } ?? [])
  }

  private func ownPlan() throws(InterventionError) -> MaskPlan { try MaskPlan(arguments: ownMask) }

  /// What the options ask for: a variant for each --drop and --keep, or the mask alone, or what a sweep is to be cut from.
  private func variants() throws(InterventionError) -> [Intervention] {
    var groups: [[Part]] = []
    for text in drop { groups.append(try Part.parse(text)) }
    for text in keep {
      let rest = Part.complement(of: try Part.parse(text))
      guard !rest.isEmpty else { throw .empty(reason: "it keeps every part", origin: "--keep \(text)") }
      groups.append(rest)
    }
    let plan = mask.isEmpty ? nil : try MaskPlan(arguments: mask)
    let (layers, heads) = (
      try layers.map { text throws(InterventionError) in try Intervention.parseLayers(text) },
      try heads.map { text throws(InterventionError) in try Intervention.parseHeads(text) }
    )
    if groups.isEmpty, plan != nil || !sweep.isEmpty { groups = [[]] }
    let variants = groups.map { parts in
      Intervention(dropping: parts, from: from, to: to, layers: layers, heads: heads, mask: plan)
    }
    return variants + (twoViews ? [.twoViews] : [])
  }
}

extension Sweep: ExpressibleByArgument {}
