import Expectations
import Leibniz

/// The named interventions of a YAML file.
struct InterventionPlan {
  let interventions: [Intervention]

  /// Reads a plan.
  /// - Throws: `ExpectationsError` with line and column.
  init(_ text: String, file: String) throws(ExpectationsError) {
    let root = try YAMLMapping(document: text, file: file)
    try root.allow(["schema", "interventions"])
    var found: [Intervention] = []
    for entry in try root.mappings("interventions", each: "a mapping such as {name: lookups, drop: dKtQ}") {
      let intervention = try Self.intervention(entry)
      guard !found.contains(where: { $0.name == intervention.name }) else {
        throw entry.error(entry.has("name") ? "name" : nil, "two interventions are called “\(intervention.name)”")
      }
      found.append(intervention)
    }
    interventions = found
  }

  private static func intervention(_ entry: YAMLMapping) throws(ExpectationsError) -> Intervention {
    try entry.allow(["name", "drop", "keep", "from", "to", "layers", "heads", "mask", "twoViews"])
    if entry.has("drop"), entry.has("keep") {
      throw entry.error("keep", "drop and keep say the same thing from both ends; give one")
    }
    let place = "\(entry.file):\(entry.line):\(entry.column)"
    if entry.has("twoViews") {
      guard try entry.string("twoViews") == "true" else {
        throw entry.error("twoViews", "true is expected, or no such key")
      }
      for key in ["drop", "keep", "from", "to", "layers", "heads", "mask"] where entry.has(key) {
        throw entry.error(key, "two views say themselves what is left out and where; leave \(key) out")
      }
      var views = Intervention.twoViews
      if let name = try entry.string("name") { views.name = name }
      views.origin = place
      return views
    }
    let kept = try parsed(entry, "keep", Part.parse)
    let dropped = try parsed(entry, "drop", Intervention.parseDropped)
    return Intervention(
      name: try entry.string("name"), dropping: dropped?.parts ?? kept.map(Part.complement) ?? [],
      written: dropped?.written ?? [],
      from: try entry.string("from"), to: try entry.string("to"),
      layers: try parsed(entry, "layers", Intervention.parseLayers),
      heads: try parsed(entry, "heads", Intervention.parseHeads),
      mask: try parsed(entry, "mask") { text throws(InterventionError) in try MaskPlan(arguments: text.masks) },
      origin: place)
  }

  /// A value in the spelling of the command line; what is wrong with it is told with its line.
  private static func parsed<Value>(
    _ entry: YAMLMapping, _ name: String, _ parse: (String) throws(InterventionError) -> Value
  ) throws(ExpectationsError) -> Value? {
    guard let text = try entry.joined(name) else { return nil }
    do { return try parse(text) } catch { throw entry.error(name, "\(error)") }
  }
}

extension MaskPlan {
  /// A mask from the arguments of an option that may be repeated.
  init(arguments: [String]) throws(InterventionError) {
    self.init()
    for argument in arguments { try add(argument) }
  }
}

extension String {
  /// Masks with commas between them, "k,v:none,after": what ends in a colon and a place is one.
  fileprivate var masks: [String] {
    var masks: [String] = []
    var open: [Substring] = []
    for item in split(separator: ",", omittingEmptySubsequences: false) {
      open.append(item)
      guard item.contains(":") || MaskRule(rawValue: String(item)) != nil else { continue }
      masks.append(open.joined(separator: ","))
      open = []
    }
    return masks + (open.isEmpty ? [] : [open.joined(separator: ",")])
  }
}
