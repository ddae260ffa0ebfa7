/// How much memory there is for this process, and how much it has.
package enum MemoryInUse {
  /// The bytes of this host that can be had without swapping, and are not more than its control group
  /// allows; nil where the system does not say.
  package static var freeBytes: Int? {
    kernelSizes(in: "/proc/meminfo", ["MemAvailable"])["MemAvailable"]
      .map { min($0, MemoryLimit.ofMachine.bytes) }
  }

  /// The most bytes that this process has had resident, its share of what others map as well: of all
  /// processes of a host, the sum counts each page once; nil where the system does not say.
  ///
  /// What is shared is known as it is now alone, and taken to have been the same at the peak.
  package static var peakResidentBytes: Int? {
    guard let peak = kernelSizes(in: "/proc/self/status", ["VmHWM"])["VmHWM"] else { return nil }
    let now = kernelSizes(in: "/proc/self/smaps_rollup", ["Rss", "Pss"])
    return max(0, peak - (now["Rss"] ?? 0) + (now["Pss"] ?? now["Rss"] ?? 0))
  }
}

/// The bytes that a file of the kernel has beside some names: `MemTotal:       24615416 kB`.
func kernelSizes(in path: String, _ names: Set<String>) -> [String: Int] {
  let text = (try? contents(ofFile: path)).map { String(decoding: $0, as: UTF8.self) } ?? ""
  let sizes = text.split(separator: "\n").compactMap { line -> (String, Int)? in
    let words = line.split(whereSeparator: \.isWhitespace)
    guard words.count == 3, words[0].last == ":", let kilobytes = Int(words[1]) else { return nil }
    let name = String(words[0].dropLast())
    return names.contains(name) ? (name, kilobytes * 1024) : nil
  }
  return Dictionary(sizes, uniquingKeysWith: { first, _ in first })
}
