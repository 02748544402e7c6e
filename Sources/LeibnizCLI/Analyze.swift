import ArgumentParser
import Foundation
import Leibniz
import Reporting

/// `leibniz analyze`.
struct Analyze: ReportCommand {
  static let configuration = CommandConfiguration(
    abstract: "Split the score changes of an adapted model into their terms and write a report.",
    discussion: """
      BASE is a HuggingFace model folder (config.json, model.safetensors or shards). ADAPTED is a PEFT adapter's folder \
      or a second checkpoint; give several to have them analysed in one pass, each into a folder of its own under \
      --output, with a page beside them that compares them. The prompt file holds a JSON object a line:

        {"id": "p0", "input_ids": [1, 42, 7, 15, 9], "separator": 3}

      The tokens from the separator on are the region "after", those before it "before"; or name your own regions: \
      "regions": [{"name": "system", "start": 0, "end": 12}, …]. A line with "text" instead of "input_ids" needs \
      the model's tokenizer.json, and --separator finds the separator in it. "labels" (-100 where a token is not judged) or \
      "loss_mask" (1 where it is) say which of "input_ids" losses judge, in place of those behind the separator.

      EXAMPLES
        leibniz analyze SmolLM2-135M adapter --prompts prompts.jsonl --output report
        leibniz analyze base adapter --prompts chats.jsonl --output report \\
          --separator '<persona>' --loss --verify
        leibniz analyze base full masked k-only --prompts prompts.jsonl --output reports

      The report folder holds report.html (a page to explore, one file that loads nothing), report.md, analysis.json, \
      blocks.csv and figures/, with --per-prompt also prompts.csv. Exit codes: 0 done, 1 the verification \
      failed or a promised zero is none, 2 an input is wrong, 64 usage, 130 and 143 interrupted (--resume goes on).
      """)

  @OptionGroup var models: ModelArguments

  @OptionGroup var prompts: PromptOptions

  @Option(
    name: .shortAndLong, help: "The folder to write the report to; with --shard, the part.", completion: .directory)
  var output: String

  @Option(
    name: [.customLong("mask"), .customLong("own-mask")],
    help: ArgumentHelp(
      """
      Where the adapter acts: auto (as prompt file or adapter say), none (everywhere), after the separator; or by \
      projection SITES:WHERE, as in k,v:none or mlp:off (repeatable, later ones win).
      """, valueName: "mask"))
  var ownMask: [String] = []

  @Flag(
    name: .customLong("two-views"),
    help: "Tokens before the separator stay the base's own for themselves; later ones find adapted keys and values.")
  var twoViews = false

  @Option(
    help: """
      What to look at besides the terms of the scores: any of \(PartList.known) with commas between them, or all \
      or none. (default: \(PartList.text(AnalysisRequest.usualParts)))
      """,
    transform: PartList.read)
  var parts: Set<AnalysisPart> = AnalysisRequest.usualParts

  @Option(
    help: ArgumentHelp(
      """
      Who counts as a writer with the part writers: parts (embedding, each layer's attention and MLP), or heads, which tells the \
      heads of attentions apart and takes more memory.
      """, valueName: "who"))
  var writers: WriterDetail?

  @Option(
    help: ArgumentHelp(
      """
      Where the operands are taken when a change is split: base (dKᵀQ under the base's queries), adapted, or midpoint, \
      which gives dKᵀQ and KᵀdQ half of dKᵀdQ each, their Shapley values.
      """, valueName: "point"))
  var reference = ReferencePoint.base

  @Option(
    help: ArgumentHelp(
      """
      Compare with N random changes of the adapter's targets, rank, norm and spectrum (LoRA only): is it training, or would \
      any change of this size do it? Each is one more run of the pass.
      """, valueName: "n"))
  var null = 0

  @Option(
    name: .customLong("null-match"),
    help: ArgumentHelp(
      """
      Scale each random change so that it changes the scores as much as the adapter does: rms, that of ΔS over everything. \
      Random changes as large as the adapter's weights move scores far less than training does, and a second-order share \
      grows with size. Takes a few passes more.
      """, valueName: "statistic"))
  var nullMatch: NullMatch?

  @Option(
    help: ArgumentHelp(
      """
      Keep the K pairs of a query and a key between which attention changed most, of every head and layer and pair of regions: \
      those that add most to attention divergence, (p′ − p)·(log p′ − log p) in nats, whatever the parts. The report shows the \
      strongest in context, as text where the base has a tokenizer.json.
      """, valueName: "k"))
  var pairs = 0

  @Flag(
    name: .customLong("per-prompt"),
    help:
      "Also write prompts.csv: what each prompt contributes, by layer and pair of regions, for statistics of your own.")
  var perPrompt = false

  @Flag(help: "Compute the losses too, of the tokens that prompts label or else of those after the separator.")
  var loss = false

  @OptionGroup var verification: VerifyOptions

  @OptionGroup var scale: ScaleOptions

  @OptionGroup var work: RunOptions

  func validate() throws {
    if let wrong = request.wrongCount {
      throw ValidationError(
        "\(wrong.option.name) takes a number from \(wrong.allowed.lowerBound) to \(wrong.allowed.upperBound).")
    }
    if nullMatch != nil, null == 0 {
      throw ValidationError("--null-match scales the random changes of --null; say how many by --null N.")
    }
    if writers != nil, !parts.contains(.writers) {
      throw ValidationError("--writers says how the part writers is told; ask for it by --parts.")
    }
    if twoViews, !ownMask.isEmpty {
      throw ValidationError("--two-views is a mask of its own; leave --mask (--own-mask) out.")
    }
    do { _ = try MaskPlan(arguments: ownMask) } catch { throw ValidationError("\(error)") }
  }

  func run() throws { try runReporting() }

  func open(base: URL, adapted: [URL], _ prompts: PromptSource, _ options: WorkOptions) throws -> Analyzer {
    try Analyzer(base: base, adapted: adapted, prompts: prompts, options: self.options(options))
  }

  func tell(_ reports: [Analysis]) throws { try LeibnizCLI.tell(reports, output, test: test(), isQuiet: work.quiet) }

  /// The command that tells what the change is good for, as it can be pasted here; nil where the prompts came by a pipe.
  private func test() throws -> String? {
    guard !CommandFiles.isStandardInput(prompts.prompts) else { return nil }
    let models = try models.folders()
    return try options(WorkOptions()).ablateCommand(
      base: models.base, adapted: models.adapted, prompts: prompts.source(), argument: \.givenArgument)
  }

  private func options(_ work: WorkOptions) throws -> AnalysisOptions {
    var options = AnalysisOptions()
    (options.request, options.subjects, options.work) = (request, try subjects(), work)
    options.showsTwoViews = twoViews
    return options
  }

  /// What the options ask for.
  private var request: AnalysisRequest {
    var request = AnalysisRequest()
    (request.parts, request.writersByHead, request.reference) = (parts, writers == .heads, reference)
    (request.nulls, request.nullMatch, request.pairs) = (null, nullMatch, pairs)
    (request.computesLoss, request.keepsPrompts) = (loss, perPrompt)
    return request
  }
}

/// Who counts as a writer.
enum WriterDetail: String, ExpressibleByArgument, CaseIterable {
  case parts, heads
}

extension ReferencePoint: ExpressibleByArgument {}

extension NullMatch: ExpressibleByArgument {}
