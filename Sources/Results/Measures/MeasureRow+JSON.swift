import StrictJSON

extension MeasureRow {
  /// A row of analysis.json.
  var cells: JSONCells {
    let fields = ownFields
    var cells = JSONCells(capacity: fields.count + 8)
    place.add(to: &cells)
    if let counted = Self.form.counted { cells.add(counted.path, .integer(count)) }
    for field in fields {
      if let value = field.value(self) { cells.add(field.names, .number(value)) }
    }
    if let annotated = self as? any AnnotatedRow {
      for (name, value) in annotated.annotations.sorted { cells.add([name], .other(value)) }
    }
    return cells
  }

  /// Reads a row.
  package init(_ reader: JSONReader) throws(JSONMemberError) {
    let count = try Self.form.counted.map { counted throws(JSONMemberError) in try reader.count(counted.rawValue) }
    self.init(at: try Place(reader, Self.form), count: count ?? 0)
    // Fields of one object follow one another.
    var (opened, object): ([String], JSONReader?) = ([], reader)
    for field in Self.fields(at: place) {
      let parents = field.names.dropLast()
      if parents != opened[...] { (opened, object) = (Array(parents), try reader.object(parents, field.isOptional)) }
      guard let object, let name = field.names.last else { continue }
      if let value = try object.optionalNumber(name) {
        field.set(&self, value)
      } else if !field.isOptional {
        throw object.error(name, "missing")
      }
    }
    if var annotated = self as? any AnnotatedRow {
      try annotated.annotate(reader)
      if let own = annotated as? Self { self = own }
    }
  }
}

extension JSONReader {
  /// An object within others; nil where it is missing and may be.
  fileprivate func object(_ names: ArraySlice<String>, _ isOptional: Bool) throws(JSONMemberError) -> JSONReader? {
    var object = self
    for name in names {
      guard let inner = try isOptional ? object.optionalObject(name) : object.object(name) else { return nil }
      object = inner
    }
    return object
  }
}

extension Place {
  /// The members of a row that say where it stands, null where layers or heads are pooled.
  fileprivate func add(to cells: inout JSONCells) {
    if case .named(let name) = scope { return cells.add(Self.name, .text(name)) }
    cells.add(Self.layer, .integer(layer))
    if scope.isOfHeads || scope == .all { cells.add(Self.head, .integer(head)) }
    switch scope {
    case .all, .named: break
    case .pair(let query, let key):
      cells.add(Self.query, .text(query))
      cells.add(Self.key, .text(key))
    case .term(let term, let query, let key):
      cells.add(Self.query, .text(query))
      cells.add(Self.key, .text(key))
      cells.add(Self.term, .text(term.name))
    case .query(let query): cells.add(Self.query, .text(query))
    case .region(let region), .state(let region): cells.add(Self.region, .text(region))
    case .site(let site, let region):
      cells.add(Self.site, .text(site.rawValue))
      cells.add(Self.region, .text(region))
    }
  }

  private static let (layer, head, query, key) = (["layer"], ["head"], ["query"], ["key"])
  private static let (name, site, region, term) = (["name"], ["site"], ["region"], ["term"])

  fileprivate init(_ reader: JSONReader, _ form: MeasureForm) throws(JSONMemberError) {
    switch form.kind {
    case .pairs, .queries:
      let query = try reader.string("query")
      let isOfSink = form.hasSinks && reader.object["key"] == .null
      let key = try form.kind == .queries || isOfSink ? nil : reader.string("key")
      self.init(
        layer: try reader.optionalIndex("layer"), head: try reader.optionalIndex("head"),
        form.kind == .queries ? .query(query) : .pair(query: query, key: key))
    case .terms:
      let name = try reader.string("term")
      guard let term = Term.allCases.first(where: { $0.name == name }) else {
        throw reader.error("term", "\"\(name)\" is not one of \(Term.allCases.map(\.name).joined(separator: ", "))")
      }
      self.init(
        layer: try reader.optionalIndex("layer"), head: try reader.optionalIndex("head"),
        .term(term, query: try reader.string("query"), key: try reader.string("key")))
    case .regions: self.init(layer: try reader.index("layer"), .region(try reader.string("region")))
    case .states:
      self.init(
        layer: try reader.index("layer"), head: try reader.index("head"), .state(try reader.string("region")))
    case .sites:
      let name = try reader.string("site")
      guard let site = ProductChange.Site(rawValue: name) else {
        throw reader.error(
          "site", "\"\(name)\" is not one of \(ProductChange.Site.allCases.map(\.rawValue).joined(separator: ", "))")
      }
      self.init(layer: try reader.index("layer"), .site(site, region: try reader.string("region")))
    }
  }
}

extension Counted {
  fileprivate var path: [String] {
    switch self {
    case .queries: Self.queriesPath
    case .pairs: Self.pairsPath
    case .tokens: Self.tokensPath
    }
  }

  private static let (queriesPath, pairsPath, tokensPath) = (["queries"], ["pairs"], ["tokens"])
}
