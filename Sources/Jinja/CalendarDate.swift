/// A day of the Gregorian calendar.
package struct CalendarDate: Sendable, Equatable {
  /// From 1 to 9999.
  package let year: Int
  /// From 1 to 12.
  package let month: Int
  /// From 1 on.
  package let day: Int

  /// A day written as 2025-07-26; nil where there is no such day.
  package init?(_ text: String) {
    let parts = text.utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
    guard parts.map(\.count) == [4, 2, 2], parts.joined().allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
    let numbers = parts.map { $0.reduce(0) { $0 * 10 + Int($1 - 0x30) } }
    (year, month, day) = (numbers[0], numbers[1], numbers[2])
    guard year >= 1, (1...12).contains(month), (1...Self.days(of: month, in: year)).contains(day) else { return nil }
  }

  private static func isLeap(_ year: Int) -> Bool { year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) }

  private static func days(of month: Int, in year: Int) -> Int {
    month == 2 ? (isLeap(year) ? 29 : 28) : [4, 6, 9, 11].contains(month) ? 30 : 31
  }

  /// The day's number in its year, from 1.
  var dayOfYear: Int { (1..<month).reduce(day) { $0 + Self.days(of: $1, in: year) } }

  /// From 0, Sunday, to 6.
  var weekday: Int {
    let past = year - 1
    // 1 January of the year 1 was a Monday.
    return (past * 365 + past / 4 - past / 100 + past / 400 + dayOfYear) % 7
  }

  /// The year and the number of its week as ISO 8601 counts them.
  var isoWeek: (year: Int, week: Int) {
    let week = (dayOfYear - (weekday + 6) % 7 + 9) / 7
    if week < 1 { return (year - 1, Self.weeks(of: year - 1)) }
    return week > Self.weeks(of: year) ? (year + 1, 1) : (year, week)
  }

  private static func weeks(of year: Int) -> Int {
    let last = { (year: Int) in (year + year / 4 - year / 100 + year / 400) % 7 }
    return last(year) == 4 || last(year - 1) == 3 ? 53 : 52
  }
}
