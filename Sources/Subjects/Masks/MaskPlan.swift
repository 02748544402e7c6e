import PairedForward
import Vocabulary

/// Where a change acts at one projection.
public enum SiteMask: String, Sendable, CaseIterable {
  /// As the prompt's own mask or the adapter says; in an intervention, as the mask says that the analysis runs under.
  case auto
  /// Everywhere.
  case none
  /// From the separator on.
  case after
  /// Nowhere.
  case off

  fileprivate init(_ rule: MaskRule) {
    self =
      switch rule {
      case .auto: .auto
      case .none: .none
      case .after: .after
      }
  }
}

/// Where a change acts: a rule for everything, and others for single projections (docs/method.md, Masks).
public struct MaskPlan: Sendable, Hashable {
  /// Of norms, tables, the head, and all projections that are not named.
  public var general: MaskRule
  /// Of projections with a rule of their own.
  public var sites: [Site: SiteMask]

  /// A plan; by default the adapter's own mask.
  public init(_ general: MaskRule = .auto, sites: [Site: SiteMask] = [:]) {
    self.general = general
    self.sites = sites
  }

  /// Two views: keys and values are adapted for every token, everything else from the separator on. With the parts that
  /// ``Intervention/twoViews`` leaves out, what lies before the separator stays the base's own for itself.
  public static let twoViews = MaskPlan(.after, sites: [.k: .none, .v: .none])

  /// Takes in an argument: WHERE for everything, or SITES:WHERE; later ones win, and sites that are not named follow the plain
  /// one.
  /// - Throws: ``InterventionError/badMask(_:reason:)``.
  public mutating func add(_ text: String) throws(InterventionError) {
    let pieces = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
    guard pieces.count == 2 else {
      guard pieces.count == 1, let rule = MaskRule(rawValue: text) else {
        throw .badMask(text, reason: "auto, none or after is expected, or SITES:WHERE as in k,v:none")
      }
      general = rule
      return
    }
    guard let place = SiteMask(rawValue: pieces[1]) else {
      throw .badMask(text, reason: "behind the colon stands auto, none, after or off")
    }
    for name in pieces[0].split(separator: ",", omittingEmptySubsequences: false).map(String.init) {
      guard let named = Self.sites(name.filter { $0 != " " }) else {
        throw .badMask(
          text,
          reason: """
            “\(name)” is no site; known are q, k, v, o, gate, up, down, router, recurrence, and the groups attention, mlp and \
            experts
            """)
      }
      for site in named {
        sites[site] = place
        // What is said of a dense MLP is said of experts too, from here on.
        for expert in Site.experts where expert.followed == site { sites[expert] = nil }
      }
    }
  }

  /// The same where `auto`, and every site that nothing is said of, follow the mask that the analysis runs under.
  package func following(_ own: MaskPlan) -> MaskPlan {
    var result = general == .auto ? own : MaskPlan(general)
    for (site, place) in sites { result.sites[site] = place == .auto ? own[site] : place }
    return result
  }

  /// Where a site's change acts.
  private subscript(site: Site) -> SiteMask {
    sites[site] ?? site.followed.flatMap { sites[$0] } ?? SiteMask(general)
  }

  /// A site that is named and that only mixtures of experts have.
  var siteOfMixture: Site? { Site.allCases.first { $0.isOfMixture && sites[$0] != nil } }

  private static func sites(_ name: String) -> [Site]? {
    switch name {
    case "attention": [.q, .k, .v, .o]
    case "mlp": [.gate, .up, .down]
    case "experts": Site.experts
    default: Site(rawValue: name).map { [$0] }
    }
  }

  /// Where each site's change acts, and "other" where a plain rule moves norms, tables and the head; empty for the adapter's own.
  package var places: [String: String] {
    var places: [String: String] = [:]
    if general != .auto {
      // Those that few models have are named where they differ.
      for site in Site.allCases where !site.isOfMixture && site != .recurrence {
        places[site.rawValue] = general.rawValue
      }
      places["other"] = general.rawValue
    }
    for (site, place) in sites where general != .auto || place != .auto { places[site.rawValue] = place.rawValue }
    // What is the same for all three is told under their own name.
    let experts = Set(Site.experts.map { places[$0.rawValue] })
    if experts.count == 1, let place = experts.first ?? nil {
      for site in Site.experts { places[site.rawValue] = nil }
      places["experts"] = place
    }
    return places
  }
}

extension MaskPlan: CustomStringConvertible {
  /// "auto", "after", "after; k,v:none": the plain rule, then the sites that differ from it, those of experts last, as they are read.
  public var description: String {
    let dense = Site.allCases.filter { $0.followed == nil }
    return ([general.rawValue] + parts(dense) + parts(Site.experts)).joined(separator: "; ")
  }

  private func parts(_ some: [Site]) -> [String] {
    SiteMask.allCases.compactMap { place in
      let named = some.filter { sites[$0] == place }
      let isApart = named.contains { $0.followed.map { sites[$0] != nil } ?? false }
      let isTold = isApart || place.rawValue != general.rawValue
      guard !named.isEmpty, isTold else { return nil }
      let names = named == Site.experts ? ["experts"] : named.map(\.rawValue)
      return "\(names.joined(separator: ",")):\(place.rawValue)"
    }
  }
}
