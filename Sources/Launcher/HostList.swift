/// A host for ranks to be started on.
package struct LaunchHost: Equatable {
  /// Its name or address.
  package var name: String

  /// How many ranks it takes; nil: as many as it has cores.
  package var slots: Int?

  /// Whether it is the one that this runs on.
  package var isHere = false

  package init(_ name: String, slots: Int? = nil, isHere: Bool = false) {
    self.name = name
    self.slots = slots
    self.isHere = isHere
  }
}

/// The hosts that an option or a file names.
package enum HostList {
  /// A job of more hosts than this is a mistake in a range.
  private static let mostHosts = 100_000

  /// No name of a host is longer, has more brackets, or numbers of more digits.
  private static let (longestName, mostBrackets, mostDigits) = (255, 8, 18)

  /// Reads `a:64,b:64` or `n[01-16]:64`; without a number a host has as many slots as cores.
  package static func hosts(ofOption text: String) throws(HostFault) -> [LaunchHost] {
    var hosts: [LaunchHost] = []
    for part in parts(of: text) {
      guard let found = parse(part), hosts.count + found.count <= mostHosts else {
        throw .unreadable(
          place: "--hosts", what: "'\(part)' is no host", remedy: "write NAME:SLOTS,NAME:SLOTS")
      }
      hosts += found
    }
    return try distinct(hosts, place: "--hosts")
  }

  /// Reads the lines of a hostfile: `host slots=64` as Open MPI has it, `host:64` as MPICH; what
  /// follows `#` is a comment.
  package static func hosts(ofFile text: String, path: String) throws(HostFault) -> [LaunchHost] {
    var hosts: [LaunchHost] = []
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    for (number, line) in lines.enumerated() {
      let content = line.prefix { $0 != "#" }
      // Open MPI lets blanks stand around the sign.
      let words = content.replacing(#/\s*=\s*/#, with: "=").split(whereSeparator: \.isWhitespace)
      guard let name = words.first else { continue }
      let place = "\(path):\(number + 1)"
      guard let found = parse(String(name)), words.count < 4,
        hosts.count + found.count <= mostHosts
      else {
        throw .unreadable(
          place: place, what: "'\(content)' is no host", remedy: "write NAME slots=N, or NAME:N")
      }
      var host = found[0]
      for word in words.dropFirst() {
        let parts = word.split(separator: "=", maxSplits: 1).map(String.init)
        let isSlots = ["slots", "cpu", "cpus"].contains(parts[0])
        guard isSlots || ["max_slots", "max-slots"].contains(parts[0]), parts.count == 2,
          found.count == 1, let slots = Int(parts[1]), slots > 0
        else {
          throw .unreadable(
            place: place, what: "'\(word)' is no number of slots", remedy: "write NAME slots=N")
        }
        if isSlots {
          guard host.slots == nil else {
            throw .unreadable(
              place: place, what: "\(host.name) has two numbers of slots", remedy: "give one")
          }
          host.slots = slots
        }
      }
      hosts += found.count == 1 ? [host] : found
      _ = try distinct(hosts, place: place)
    }
    guard !hosts.isEmpty else {
      throw .unreadable(
        place: path, what: "it names no host", remedy: "write a line NAME slots=N for each")
    }
    return hosts
  }

  /// The names of a list as Slurm writes it, `n[01-03,7],login`; nil where it is none.
  package static func names(inRanges text: String) -> [String]? {
    var names: [String] = []
    for part in parts(of: text) {
      guard let expanded = expand(part[...]), names.count + expanded.count <= mostHosts else {
        return nil
      }
      names += expanded
    }
    return names.isEmpty ? nil : names
  }

  /// The host or hosts of `n[1-4]:64`; nil where it is none.
  private static func parse(_ text: String) -> [LaunchHost]? {
    let halves = text.split(separator: ":", omittingEmptySubsequences: false)
    guard halves.count <= 2, let names = expand(halves[0]),
      names.allSatisfy({ $0.wholeMatch(of: /[A-Za-z0-9][A-Za-z0-9._\-]*/) != nil })
    else { return nil }
    guard halves.count == 2 else { return names.map { LaunchHost($0) } }
    guard let slots = Int(halves[1]), slots > 0 else { return nil }
    return names.map { LaunchHost($0, slots: slots) }
  }

  private static func distinct(_ hosts: [LaunchHost], place: String) throws(HostFault)
    -> [LaunchHost]
  {
    var names: Set<String> = []
    for host in hosts where !names.insert(host.name).inserted {
      throw .unreadable(
        place: place, what: "\(host.name) is named twice",
        remedy: "name it once, with all its slots")
    }
    return hosts
  }

  /// The parts between commas that stand outside of brackets.
  private static func parts(of text: String) -> [String] {
    var (parts, depth) = ([""], 0)
    for character in text {
      if character == "[" { depth += 1 }
      if character == "]" { depth -= 1 }
      if character == ",", depth == 0 {
        parts.append("")
      } else {
        parts[parts.count - 1].append(character)
      }
    }
    return parts
  }

  /// All names that the brackets of one stand for, the first bracket varying slowest.
  private static func expand(_ text: Substring, brackets: Int = 0) -> [String]? {
    guard let open = text.firstIndex(of: "[") else {
      let isName = !text.isEmpty && text.utf8.count <= longestName && !text.contains("]")
      return isName ? [String(text)] : nil
    }
    guard let close = text[open...].firstIndex(of: "]"), brackets < mostBrackets,
      text[..<open].utf8.count <= longestName
    else { return nil }
    let rest = text[text.index(after: close)...]
    guard let tails = rest.isEmpty ? [""] : expand(rest, brackets: brackets + 1) else { return nil }
    var names: [String] = []
    let ranges = text[text.index(after: open)..<close]
    for range in ranges.split(separator: ",", omittingEmptySubsequences: false) {
      let ends = range.split(separator: "-", omittingEmptySubsequences: false)
      guard ends.count <= 2, let first = ends.first, let last = ends.last,
        max(first.utf8.count, last.utf8.count) <= mostDigits, let from = Int(first),
        let to = Int(last), from >= 0, from <= to,
        to - from < mostHosts, (to - from + 1) * tails.count <= mostHosts - names.count
      else { return nil }
      for number in from...to {
        let digits = String(number)
        // `01` stands for numbers of two digits.
        let zeros = String(repeating: "0", count: max(0, first.count - digits.count))
        names += tails.map { text[..<open] + zeros + digits + $0 }
      }
    }
    return names
  }
}
