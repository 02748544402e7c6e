import ArgumentParser
import Foundation
import Leibniz
import Reporting

/// `leibniz ablate`.
struct Ablate: ReportCommand {
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
        written:L5.mlp      what that layer's MLP (attention, or embed) wrote into later keys and queries;
                            dK.written:L5.mlp into keys, dQ.written:L5.mlp into queries alone

      WORTH: parts work against one another, so one left out alone can cost more than all of them. --worth leaves out every set \
      of terms (dKtQ, KtdQ, dKtdQ), sources (own, inherited, joint of keys and queries), values (dPV, PdV, dPdV) or paths (scores, \
      changed values) and gives each part's Shapley value, which sum to the whole.

      MASKS say where the adapter's change acts: auto (its own), none (everywhere), after (from the separator on), or by \
      projection SITES:WHERE with q, k, v, o, gate, up, down, router, experts, recurrence, attention, mlp, where off also means nowhere.

      EXAMPLES
        leibniz ablate base adapter --prompts prompts.jsonl --output report --drop dKtQ --from after --to before
        leibniz ablate base adapter --prompts prompts.jsonl --output report --drop dKtQ --drop KtdQ --keep KtdQ
        leibniz ablate base adapter --prompts prompts.jsonl --output report --sweep heads --from after --to before
        leibniz ablate base adapter --prompts prompts.jsonl --output report --worth terms --from after --to before
        leibniz ablate base adapter --prompts prompts.jsonl --output report --drop scores --with-mask after
        leibniz ablate base adapter --prompts prompts.jsonl --output report --plan plan.yaml
        leibniz ablate base full masked --prompts prompts.jsonl --output reports --drop scores

      A plan names interventions in the same words:

        schema: 1
        interventions:
          - {name: lookups, drop: dKtQ, from: after, to: before}
          - {name: early keys, drop: [dK.own, dK.joint], layers: 0-9}
          - {name: masked, mask: after}

      Every report begins with how much passes through scores, values and neither. The folder holds interventions.md, \
      interventions.json, interventions.csv and figures/, with --worth also worth.csv; of several adapters each has a folder of its own, beside a page that compares them. Exit codes: 0 done, 1 the verification failed, 2 an input is wrong, 64 usage, 130 and 143 interrupted \
      (--resume goes on).
      """)

  @OptionGroup var models: ModelArguments

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
    name: .customLong("with-mask"),
    help: ArgumentHelp(
      "Where the change acts in the interventions, WHERE or SITES:WHERE (repeatable); alone it is an intervention too.",
      valueName: "mask"))
  var withMask: [String] = []

  /// What --with-mask was called before; of analyze, --mask is what --own-mask is here.
  @Option(name: .customLong("mask"), help: .hidden)
  var formerMask: [String] = []

  @Flag(
    name: .customLong("two-views"),
    help:
      "Also: tokens before the separator stay the base's own for themselves, later ones find adapted keys and values.")
  var twoViews = false

  @Option(help: "A YAML file of named interventions.", completion: .file(extensions: ["yaml", "yml"]))
  var plan: String?

  @Option(help: "Run a family, each member on its own: layers, heads, blocks, terms, sources or writers (repeatable).")
  var sweep: [Sweep] = []

  @Option(
    help: ArgumentHelp(
      """
      What parts are worth: terms, sources, values or paths (repeatable). Every set of them is left out, in the layers, heads and \
      regions that are named; each part's Shapley value says what it adds, and they sum to what leaving all out costs.
      """, valueName: "parts"))
  var worth: [WorthKind] = []

  @Option(
    name: .customLong("own-mask"),
    help: ArgumentHelp(
      """
      The adapter's own mask, as analyze takes it, where its files do not tell it: auto, none, after or SITES:WHERE \
      (repeatable).
      """,
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

  /// The mask of the interventions.
  private var mask: [String] { withMask + formerMask }

  func validate() throws {
    do { _ = try (MaskPlan(arguments: ownMask), variants(), worths()) } catch { throw ValidationError("\(error)") }
    if drop.isEmpty, keep.isEmpty, mask.isEmpty, !twoViews, plan == nil, sweep.isEmpty, worth.isEmpty {
      throw ValidationError(InterventionError.nothing.description)
    }
    let isPlaced = from != nil || to != nil || layers != nil || heads != nil
    if !worth.isEmpty, !mask.isEmpty {
      throw ValidationError(
        "--worth asks of the adapter as it is, so --with-mask does not go with it; state the adapter's own mask by --own-mask."
      )
    }
    if isPlaced, drop.isEmpty, keep.isEmpty, sweep.isEmpty, worth.isEmpty {
      throw ValidationError(
        "--from, --to, --layers and --heads say where parts are left out; name them by --drop, --keep or --worth.")
    }
  }

  func run() throws {
    if !formerMask.isEmpty, !work.quiet {
      complain(
        "note: --mask of ablate is called --with-mask now; the adapter's own mask, as analyze takes it, is --own-mask.")
    }
    try runReporting()
  }

  func open(base: URL, adapted: [URL], _ prompts: PromptSource, _ options: WorkOptions) throws -> AblationRun {
    var own = AblationOptions(lossRegion: lossRegion, sweeps: sweep, hasOverview: !hasNoOverview)
    (own.subjects, own.work, own.worths) = (try subjects(), options, try worths())
    return try AblationRun(
      base: base, adapted: adapted, prompts: prompts, interventions: interventions(), options: own)
  }

  func tell(_ reports: [Ablation]) throws { try LeibnizCLI.tell(reports, output, isQuiet: work.quiet) }

  private func interventions() throws -> [Intervention] {
    try variants() + (plan.map { try InterventionPlan(CommandFiles.text(at: $0), file: $0).interventions } ?? [])
  }

  /// What the options ask for: a variant for each --drop and --keep, or the mask alone, or what a sweep is to be cut from.
  private func variants() throws(InterventionError) -> [Intervention] {
    var groups: [(parts: [Part], written: [WrittenPart])] = []
    for text in drop { groups.append(try Intervention.parseDropped(text)) }
    for text in keep {
      let rest = Part.complement(of: try Part.parse(text))
      guard !rest.isEmpty else { throw .empty(reason: "it keeps every part", origin: "--keep \(text)") }
      groups.append((rest, []))
    }
    let plan = mask.isEmpty ? nil : try MaskPlan(arguments: mask)
    let (layers, heads) = try place()
    if groups.isEmpty, plan != nil || !sweep.isEmpty { groups = [([], [])] }
    let variants = groups.map { group in
      Intervention(
        dropping: group.parts, written: group.written, from: from, to: to, layers: layers, heads: heads, mask: plan)
    }
    return variants + (twoViews ? [.twoViews] : [])
  }

  /// What parts are worth, where the options say.
  private func worths() throws(InterventionError) -> [Worth] {
    let (layers, heads) = try place()
    return WorthKind.allCases.filter(worth.contains).map {
      Worth(of: $0, from: from, to: to, layers: layers, heads: heads)
    }
  }

  /// The layers and the heads that are named.
  private func place() throws(InterventionError) -> (layers: Set<Int>?, heads: Set<Knockout.Head>?) {
    (
      try layers.map { text throws(InterventionError) in try Intervention.parseLayers(text) },
      try heads.map { text throws(InterventionError) in try Intervention.parseHeads(text) }
    )
  }
}

extension Sweep: ExpressibleByArgument {}

extension WorthKind: ExpressibleByArgument {}
