extension AdapterComparison {
  /// How much of what attention felt keys and queries inherit from one writer, by adapter.
  public struct WriterRow: Sendable, Equatable {
    /// Region of the queries.
    public var query: String
    /// Region of the keys.
    public var key: String
    /// Who wrote it; heads count as their attention.
    public var writer: Writer
    /// By adapter, its part of the adapter's nats, dKᵀQ and KᵀdQ together; negative works against the change. nil where a report lacks it.
    public var shares: [Double?]

    /// A row from its parts.
    public init(query: String, key: String, writer: Writer, shares: [Double?]) {
      (self.query, self.key, self.writer, self.shares) = (query, key, writer, shares)
    }
  }

  /// How much of what the predictions gain one writer wrote, by adapter.
  public struct GainRow: Sendable, Equatable {
    /// Who wrote it; heads count as their attention.
    public var writer: Writer
    /// By adapter, nats a judged token; nil where a report lacks it.
    public var gains: [Double?]

    /// A row from its parts.
    public init(writer: Writer, gains: [Double?]) { (self.writer, self.gains) = (writer, gains) }
  }
}
