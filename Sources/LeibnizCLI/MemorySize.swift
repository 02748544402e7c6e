import ArgumentParser

/// A number of bytes as people write it: 6G, 6GB, 1.5GiB, 800M, 1000000.
struct MemorySize: ExpressibleByArgument {
  let bytes: Int

  init?(argument: String) {
    let digits = argument.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
    let unit = argument.dropFirst(digits.count).lowercased()
    let factors: [String: Double] = [
      "": 1, "b": 1, "k": 1e3, "kb": 1e3, "m": 1e6, "mb": 1e6, "g": 1e9, "gb": 1e9, "t": 1e12, "tb": 1e12,
      "kib": 0x1p10, "mib": 0x1p20, "gib": 0x1p30, "tib": 0x1p40,
    ]
    guard let number = Double(digits), let factor = factors[unit], number > 0, number * factor < 0x1p60 else {
      return nil
    }
    bytes = Int(number * factor)
  }
}
