/// What `strftime_now` writes: the directives of glibc's `strftime` in the locale C, at midnight.
extension Renderer {
  private static let days = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"]
  private static let months = [
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
  ]

  func formatted(_ date: CalendarDate, _ format: Text) throws(JinjaError) -> Text {
    try chargeText(format.count)
    var result: [Unicode.Scalar] = []
    var index = 0
    while index < format.count {
      let scalar = format.scalars[index]
      index += 1
      guard scalar == "%", index < format.count else {
        result.append(scalar)
        continue
      }
      var flag: Unicode.Scalar?
      if ["-", "_", "0", "^"].contains(format.scalars[index]), index + 1 < format.count {
        flag = format.scalars[index]
        index += 1
      }
      try append(try directive(format.scalars[index], flag, date), to: &result)
      index += 1
    }
    return Text(result)
  }

  private func directive(
    _ letter: Unicode.Scalar, _ flag: Unicode.Scalar?, _ date: CalendarDate
  ) throws(JinjaError) -> Text {
    if let number = Self.number(letter, date) {
      let digits = String(number.value)
      let padding: Character? = flag == "-" ? nil : flag == "_" ? " " : flag == "0" ? "0" : number.padding
      guard let padding else { return Text(digits) }
      return Text(String(repeating: padding, count: max(0, number.width - digits.count)) + digits)
    }
    guard let text = try text(letter, date) else { throw unsupported("the directive %\(letter) of strftime_now") }
    return flag == "^" ? text.upper : text
  }

  private static func number(
    _ letter: Unicode.Scalar, _ date: CalendarDate
  ) -> (value: Int, width: Int, padding: Character)? {
    switch letter {
    // glibc, and so Python on Linux, does not pad %Y.
    case "Y": (date.year, 1, "0")
    case "G": (date.isoWeek.year, 1, "0")
    case "C": (date.year / 100, 2, "0")
    case "y": (date.year % 100, 2, "0")
    case "g": (date.isoWeek.year % 100, 2, "0")
    case "m": (date.month, 2, "0")
    case "d": (date.day, 2, "0")
    case "e": (date.day, 2, " ")
    case "j": (date.dayOfYear, 3, "0")
    case "u": (date.weekday == 0 ? 7 : date.weekday, 1, "0")
    case "w": (date.weekday, 1, "0")
    case "U": ((date.dayOfYear + 6 - date.weekday) / 7, 2, "0")
    case "W": ((date.dayOfYear + 6 - (date.weekday + 6) % 7) / 7, 2, "0")
    case "V": (date.isoWeek.week, 2, "0")
    case "H", "M", "S": (0, 2, "0")
    case "k": (0, 2, " ")
    case "I": (12, 2, "0")
    case "l": (12, 2, " ")
    case "f": (0, 6, "0")
    default: nil
    }
  }

  private func text(_ letter: Unicode.Scalar, _ date: CalendarDate) throws(JinjaError) -> Text? {
    switch letter {
    case "A": return Text(Self.days[date.weekday])
    case "a": return Text(String(Self.days[date.weekday].prefix(3)))
    case "B": return Text(Self.months[date.month - 1])
    case "b", "h": return Text(String(Self.months[date.month - 1].prefix(3)))
    case "p": return "AM"
    case "P": return "am"
    case "D", "x": return try formatted(date, "%m/%d/%y")
    case "F": return try formatted(date, "%Y-%m-%d")
    case "T", "X": return "00:00:00"
    case "R": return "00:00"
    case "r": return "12:00:00 AM"
    case "c": return try formatted(date, "%a %b %e %H:%M:%S %Y")
    case "Z", "z": return ""
    case "n": return "\n"
    case "t": return "\t"
    case "%": return "%"
    default: return nil
    }
  }
}
