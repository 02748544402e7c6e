import StrictJSON

extension MeasureRow {
  /// A row of analysis.json.
  var json: JSONObject {
    var object = place.json
    if let counted = Self.form.counted { object = object.with([counted.rawValue: count]) }
    for field in Self.fields(at: place) {
      if let value = field.value(self) { object.set(value, at: field.names[...]) }
    }
    return (self as? any AnnotatedRow).map { object.with($0.annotations) } ?? object
  }

  /// Reads a row.
  package init(_ reader: JSONReader) throws(JSONMemberError) {
    let count = try Self.form.counted.map { counted throws(JSONMemberError) in try reader.count(counted.rawValue) }
    self.init(at: try Place(reader, Self.form.kind), count: count ?? 0)
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
  fileprivate var json: JSONObject {
    switch scope {
    case .all: ["layer": layer, "head": head]
    case .named(let name): ["name": name]
    case .pair(let query, let key): ["layer": layer, "head": head, "query": query, "key": key]
    case .query(let query): ["layer": layer, "head": head, "query": query]
    case .region(let region): ["layer": layer, "region": region]
    case .site(let site, let region): ["layer": layer, "site": site, "region": region]
    }
  }

  fileprivate init(_ reader: JSONReader, _ kind: PlaceKind) throws(JSONMemberError) {
    switch kind {
    case .pairs, .queries:
      let query = try reader.string("query")
      self.init(
        layer: try reader.optionalIndex("layer"), head: try reader.optionalIndex("head"),
        kind == .pairs ? .pair(query: query, key: try reader.string("key")) : .query(query))
    case .regions: self.init(layer: try reader.index("layer"), .region(try reader.string("region")))
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
