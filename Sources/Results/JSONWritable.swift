/// A value that writes itself into a document; all others go through their `encode(to:)`.
protocol JSONWritable: Encodable {
  /// Writes the value.
  /// - Parameter indent: How deep it stands.
  func write(to text: inout JSONText, indent: Int) throws(JSONText.NotANumber)
}

extension JSONObject: JSONWritable {
  func write(to text: inout JSONText, indent: Int) throws(JSONText.NotANumber) {
    try text.write(object: sorted, indent: indent)
  }
}

extension Int: JSONWritable {
  func write(to text: inout JSONText, indent: Int) { text.write(literal: String(self)) }
}

extension Optional: JSONWritable where Wrapped: Encodable {
  func write(to text: inout JSONText, indent: Int) throws(JSONText.NotANumber) {
    if let self { try text.write(self, indent: indent) } else { text.write(literal: "null") }
  }
}

extension Array: JSONWritable where Element: Encodable {
  func write(to text: inout JSONText, indent: Int) throws(JSONText.NotANumber) {
    try text.write(array: self, indent: indent) { $0 }
  }
}

extension Dictionary: JSONWritable where Key == String, Value: Encodable {
  func write(to text: inout JSONText, indent: Int) throws(JSONText.NotANumber) {
    try JSONObject(self).write(to: &text, indent: indent)
  }
}

/// An array of rows, each an object only while it is written.
struct JSONRows<Row>: JSONWritable {
  let rows: [Row]
  let object: (Row) -> JSONObject

  init(_ rows: [Row], _ object: @escaping (Row) -> JSONObject) {
    self.rows = rows
    self.object = object
  }

  func write(to text: inout JSONText, indent: Int) throws(JSONText.NotANumber) {
    try text.write(array: rows, indent: indent) { object($0) }
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.unkeyedContainer()
    for row in rows { try container.encode(object(row)) }
  }
}

extension Magnitude: JSONWritable {
  func write(to text: inout JSONText, indent: Int) throws(JSONText.NotANumber) {
    try text.write(
      object: [("maxAbs", maxAbs), ("mean", mean), ("meanAbs", meanAbs), ("rms", rms)], indent: indent)
  }
}

extension PartSize: JSONWritable {
  func write(to text: inout JSONText, indent: Int) throws(JSONText.NotANumber) {
    try text.write(object: [("rms", rms), ("share", share)], indent: indent)
  }
}
