/// A number cut to fewer digits so that rounding it once more, to still fewer, gives what rounding the number itself gives: cut off
/// towards zero, and away from zero where the last digit would be a 0 or a 5 though more follows (IEEE 754's "round for reround").
/// Rounded to the nearest, 0.12346 would become 0.1235 and that 0.124.
struct Reround {
  /// The digits that are left, as a whole number with the number's sign.
  let count: Int
  /// Which power of ten they count.
  private let power: Int

  /// So many significant digits of a finite number, and always one behind the point, so that whole numbers come out too.
  init(_ value: Double, significant: Int) { self.init(value) { max(significant, min($0 + 2, 17)) } }

  /// So many digits behind the point of a number whose count fits an `Int`.
  init(_ value: Double, decimals: Int) { self.init(value) { $0 + 1 + decimals } }

  /// - Parameter kept: How many digits are kept, by the power of ten that the first one counts.
  private init(_ value: Double, kept: (Int) -> Int) {
    let text = "\(abs(value))"
    let first = Self.firstPower(text.utf8)
    let kept = max(0, kept(first))
    var (count, taken, isCut) = (0, 0, false)
    for byte in text.utf8.prefix(while: { $0 != UInt8(ascii: "e") }) where byte != UInt8(ascii: ".") {
      let digit = Int(byte) - Int(UInt8(ascii: "0"))
      if taken == 0, digit == 0 { continue }
      if taken < kept { count = 10 * count + digit } else if digit != 0 { isCut = true }
      taken += 1
    }
    for _ in min(taken, kept)..<kept { count *= 10 }
    if isCut, count % 5 == 0 { count += 1 }
    self.count = value < 0 ? -count : count
    power = first + 1 - kept
  }

  /// Which power of ten the first digit counts that is not 0, of a number as Swift writes it: "0.0012", "1.5e-07".
  private static func firstPower(_ text: String.UTF8View) -> Int {
    var (digits, zeros, point, exponent, sign) = (0, 0, Int?.none, Int?.none, 1)
    for byte in text {
      switch byte {
      case UInt8(ascii: "."): point = digits
      case UInt8(ascii: "e"): exponent = 0
      case UInt8(ascii: "-"): sign = -1
      case UInt8(ascii: "+"): break
      default:
        let digit = Int(byte) - Int(UInt8(ascii: "0"))
        if let known = exponent {
          exponent = 10 * known + digit
        } else {
          if digit == 0, zeros == digits { zeros += 1 }
          digits += 1
        }
      }
    }
    return (point ?? digits) - 1 - zeros + sign * (exponent ?? 0)
  }

  /// The number that is left.
  var value: Double { Double("\(count)e\(power)") ?? .nan }
}
