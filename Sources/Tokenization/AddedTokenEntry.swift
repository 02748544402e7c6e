import StrictJSON

/// A token to be found in texts, as a file states it.
struct AddedTokenEntry: Sendable, Equatable {
  /// As the user writes it.
  var content: Name
  /// Only matches that are not part of a longer word count.
  var isSingleWord = false
  /// Takes the white space before it in.
  var stripsLeft = false
  /// Takes the white space after it in.
  var stripsRight = false
  /// Whether it is looked for in the normalized text; nil where no file says so: then a special token is not.
  var statedNormalized: Bool?
  /// Whether it is no ordinary text to a model.
  var isSpecial = false

  /// Whether it is looked for in the normalized text, in its own normalized form.
  var isNormalized: Bool { statedNormalized ?? !isSpecial }

  /// Whether both are looked for, and count, in the same way.
  static func == (left: AddedTokenEntry, right: AddedTokenEntry) -> Bool {
    left.content == right.content && left.isSingleWord == right.isSingleWord && left.stripsLeft == right.stripsLeft
      && left.stripsRight == right.stripsRight && left.isNormalized == right.isNormalized
      && left.isSpecial == right.isSpecial
  }
}

extension AddedTokenEntry {
  /// A special token of which only the text is known.
  init(special content: Name) { self.init(content: content, isSpecial: true) }

  /// A token of tokenizer.json, where every member has to be there.
  init(tokenizerJSON reader: JSONReader) throws(JSONMemberError) {
    let isSpecial = try reader.boolean("special")
    self.init(
      content: Name(try reader.string("content")), isSingleWord: try reader.boolean("single_word"),
      stripsLeft: try reader.boolean("lstrip"), stripsRight: try reader.boolean("rstrip"),
      statedNormalized: try reader.boolean("normalized"), isSpecial: isSpecial)
  }

  /// A token of one of the other files, where the text has to be there and flags may be.
  init(_ reader: JSONReader) throws(JSONMemberError) {
    self.init(
      content: Name(try reader.string("content")),
      isSingleWord: try reader.optionalBoolean("single_word") ?? false,
      stripsLeft: try reader.optionalBoolean("lstrip") ?? false,
      stripsRight: try reader.optionalBoolean("rstrip") ?? false,
      statedNormalized: try reader.optionalBoolean("normalized"),
      isSpecial: try reader.optionalBoolean("special") ?? false)
  }
}
