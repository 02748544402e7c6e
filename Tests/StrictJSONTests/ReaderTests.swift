import StrictJSON
import Testing

/// Typed members and what is said where they are something else.
struct ReaderTests {
  private func reader(_ text: String) throws -> JSONReader {
    try JSONReader(file: "config.json", bytes: Array(text.utf8))
  }

  @Test func typedMembers() throws {
    let reader = try reader(
      #"{"i": 3, "n": 2.5, "b": true, "s": "x", "is": [1, 2], "ns": [1, 0.5], "ss": ["a"], "o": {"k": 1}, "z": null}"#)
    #expect(try reader.integer("i") == 3)
    #expect(try reader.integer("i", in: 1...3) == 3)
    #expect(try reader.number("i") == 3)
    #expect(try reader.number("n") == 2.5)
    #expect(try reader.optionalBoolean("b") == true)
    #expect(try reader.string("s") == "x")
    #expect(try reader.optionalIntegers("is") == [1, 2])
    #expect(try reader.optionalNumbers("ns") == [1, 0.5])
    #expect(try reader.optionalStrings("ss") == ["a"])
    #expect(try reader.optionalObject("o")?.integer("k") == 1)
    #expect(try reader.optionalInteger("z") == nil)
    #expect(try reader.optionalInteger("absent") == nil)
    #expect(reader["z"] == nil)
  }

  @Test(arguments: ["1.0", "true", "\"1\"", "[1]", "1e3"])
  func onlyIntegersAreIntegers(text: String) throws {
    let reader = try reader("{\"i\": \(text)}")
    #expect(throws: JSONMemberError.self) { try reader.integer("i") }
  }

  @Test func messagesNameFileAndMember() throws {
    let reader = try reader(#"{"a": {"b": "x", "c": 7}, "l": [1, "2"]}"#)
    let inner = try #require(try reader.optionalObject("a"))
    func message(_ body: () throws -> Void) -> String? {
      do { try body() } catch { return "\(error)" }
      return nil
    }
    #expect(
      message { _ = try inner.integer("b") } == "config.json: a.b: an integer is expected, a string was found")
    #expect(message { _ = try inner.integer("c", in: 1...5) } == "config.json: a.c: 7 lies outside 1 to 5")
    #expect(message { _ = try reader.string("gone") } == "config.json: gone: missing")
    #expect(
      message { _ = try reader.optionalIntegers("l") }
        == "config.json: l: an array of integers is expected, a string was found")
  }

  @Test func `The objects of an array know where they stand`() throws {
    let reader = try reader(#"{"a": {"l": [{"k": 1}, {"k": "x"}], "m": [{}, 2], "e": [], "z": null, "o": {}}}"#)
    let inner = try reader.object("a")
    let objects = try inner.objects("l")
    #expect(objects.map(\.path) == ["a.l[0]", "a.l[1]"])
    #expect(try objects[0].integer("k") == 1)
    #expect(try inner.objects("e").isEmpty)
    #expect(try inner.optionalObjects("z")?.count == nil)
    for (body, expected) in [
      ({ _ = try objects[1].integer("k") }, "a.l[1].k: an integer is expected, a string was found"),
      ({ _ = try inner.objects("m") }, "a.m[1]: an object is expected, an integer was found"),
      ({ _ = try inner.objects("o") }, "a.o: an array is expected, an object was found"),
      ({ _ = try inner.objects("gone") }, "a.gone: missing"), ({ _ = try inner.objects("z") }, "a.z: missing"),
      ({ _ = try inner.object("gone") }, "a.gone: missing"),
    ] as [(() throws -> Void, String)] {
      let error = #expect(throws: JSONMemberError.self) { try body() }
      #expect(error?.description == "config.json: \(expected)")
    }
  }

  @Test func onlyObjectsAreFiles() {
    for (text, expected) in [
      ("[1]", "config.json: an object is expected, an array was found"),
      ("{", "config.json: not valid JSON: line 1, column 2: a name in quotes is expected here"),
    ] {
      let error = #expect(throws: JSONMemberError.self) { try reader(text) }
      #expect(error?.description == expected)
    }
  }
}
