/// The names that Python finds in values of its types, whether they are supported or not.
enum Methods {
  private static let text = names(
    """
    capitalize casefold center count encode endswith expandtabs find format format_map index isalnum isalpha isascii \
    isdecimal isdigit isidentifier islower isnumeric isprintable isspace istitle isupper join ljust lower lstrip maketrans \
    partition removeprefix removesuffix replace rfind rindex rjust rpartition rsplit rstrip split splitlines startswith \
    strip swapcase title translate upper zfill
    """)
  /// Those of texts that are supported.
  static let supported = names(
    """
    strip lstrip rstrip split rsplit splitlines partition rpartition replace startswith endswith find rfind index rindex \
    count removeprefix removesuffix join upper lower capitalize title swapcase casefold format center ljust rjust zfill \
    isspace isalpha isdigit isnumeric isdecimal isalnum isupper islower isascii
    """)
  private static let list = names("append clear copy count extend index insert pop remove reverse sort")
  private static let tuple = names("count index")
  private static let dictionary = names("clear copy fromkeys get items keys pop popitem setdefault update values")

  static let numbersAndViews = names(
    """
    as_integer_ratio bit_count bit_length conjugate denominator from_bytes fromhex hex imag is_integer numerator real \
    to_bytes count index start step stop isdisjoint mapping close gi_code gi_frame gi_running gi_suspended gi_yieldfrom \
    send throw
    """)

  private static func names(_ words: String) -> Set<Text> {
    Set(words.unicodeScalars.split { $0 == " " }.map { Text($0) })
  }

  static func names(of value: Value) -> Set<Text> {
    switch value {
    case .text: text
    case .list: list
    case .tuple: tuple
    case .dictionary: dictionary
    default: []
    }
  }
}
