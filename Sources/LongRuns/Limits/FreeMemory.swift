import Foundation

/// How much memory this process may still take.
enum FreeMemory {
  /// Bytes: what the system says it can give, or what the process's control group leaves of its limit, if that is less. All of
  /// the machine's memory where the system says nothing.
  static var now: Int {
    let machine = ProcessInfo.processInfo.physicalMemory
    let free = information(in: text("/proc/meminfo"))["MemAvailable"].map { 1024 * $0 }
    return min(free ?? Int(clamping: machine), controlGroup ?? .max)
  }

  /// What a limit on the process's address space (`ulimit -v`) leaves of it; nil without a limit.
  static var addressSpace: Int? {
    var limit = rlimit()
    guard getrlimit(addressSpaceLimit, &limit) == 0, limit.rlim_cur < UInt64(Int.max),
      let pages = text("/proc/self/statm").split(separator: " ").first.flatMap({ Int($0) })
    else { return nil }
    return max(0, Int(limit.rlim_cur) - pages * Int(sysconf(Int32(_SC_PAGESIZE))))
  }

  #if canImport(Darwin)
    private static var addressSpaceLimit: Int32 { RLIMIT_AS }
  #else
    private static var addressSpaceLimit: __rlimit_resource_t { __rlimit_resource_t(RLIMIT_AS.rawValue) }
  #endif

  /// The numbers of /proc/meminfo and memory.stat by name; units are left out.
  static func information(in text: String) -> [String: Int] {
    var numbers: [String: Int] = [:]
    for line in text.split(separator: "\n") {
      let words = line.split { $0 == " " || $0 == ":" }
      if words.count > 1, let number = Int(words[1]) { numbers[String(words[0])] = number }
    }
    return numbers
  }

  /// What control groups (version 2) leave, from the process's own up to the root. Pages of files count as free: the system
  /// takes them back.
  private static var controlGroup: Int? {
    let groups = text("/proc/self/cgroup").split(separator: "\n")
    guard let own = groups.first(where: { $0.hasPrefix("0::/") })?.dropFirst(3) else { return nil }
    var folder = URL(fileURLWithPath: "/sys/fs/cgroup" + own)
    var least: Int?
    while folder.path.utf8.count >= "/sys/fs/cgroup".utf8.count {
      let paths = ["memory.max", "memory.current", "memory.stat"].map { folder.appendingPathComponent($0).path }
      if let limit = Int(text(paths[0]).dropLast()), let used = Int(text(paths[1]).dropLast()) {
        let files = information(in: text(paths[2]))["file"] ?? 0
        least = min(least ?? .max, max(0, limit - max(0, used - files)))
      }
      folder.deleteLastPathComponent()
    }
    return least
  }

  private static func text(_ path: String) -> String {
    (try? String(contentsOf: URL(fileURLWithPath: path), encoding: .utf8)) ?? ""
  }
}
