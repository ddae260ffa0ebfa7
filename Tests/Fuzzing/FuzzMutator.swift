import ParablePlatform

/// Changes inputs at random, with seeds that name what it has done.
package struct FuzzMutator {
  private static let most = 4096
  private static let words: [[UInt8]] = [
    "-1", "0", "1", "255", "256", "65535", "65536", "4294967296", "9223372036854775807",
    "9223372036854775808", "-9223372036854775808", "18446744073709551616", "1e999", "-0", "1e-5",
    "0.5", "null", "true", "{}", "[]", "\"\"", "../", "/etc/passwd", "\\u0000", "\\ud800",
    "\u{FEFF}", "\u{10FFFF}", "\n", "\r\n", "[", "{", "\"", ",", ":", "=", "[0-9]", "1-9999999999",
  ].map { Array($0.utf8) }

  private var random: SplitMix64
  private let corpus: [[UInt8]]

  /// Begins with inputs that are known; an empty one is always among them.
  package init(seed: UInt64, corpus: [[UInt8]]) {
    random = SplitMix64(seed: seed)
    self.corpus = corpus + [[]]
  }

  /// The next input: a known one with a few changes.
  package mutating func next() -> [UInt8] {
    var bytes = corpus[below(corpus.count)]
    for _ in 0...below(6) { change(&bytes) }
    if bytes.count > Self.most, below(64) > 0 { bytes.removeSubrange(Self.most...) }
    return bytes
  }

  private mutating func below(_ bound: Int) -> Int { Int(random.next() % UInt64(max(1, bound))) }

  /// A part of so many bytes, most often a short one.
  private mutating func range(_ count: Int) -> Range<Int> {
    let start = below(count + 1)
    let length = below(2) == 0 ? below(8) : below(count - start + 1)
    return start..<min(count, start + length)
  }

  private mutating func change(_ bytes: inout [UInt8]) {
    let place = below(bytes.count + 1)
    switch below(10) {
    case 0 where !bytes.isEmpty: bytes[below(bytes.count)] ^= 1 << UInt8(below(8))
    case 1 where !bytes.isEmpty: bytes[below(bytes.count)] = UInt8(below(256))
    case 2: bytes.removeSubrange(range(bytes.count))
    case 3: bytes.insert(contentsOf: Self.words[below(Self.words.count)], at: place)
    case 4: bytes.insert(contentsOf: bytes[range(bytes.count)], at: place)
    case 5:
      let other = corpus[below(corpus.count)]
      bytes.insert(contentsOf: other[range(other.count)], at: place)
    case 6: replaceNumber(in: &bytes, near: place)
    case 7 where below(8) == 0:
      // Very many of the same, such as brackets.
      let part = Array(bytes[range(bytes.count)].prefix(8))
      let count = 1 << below(part.count > 1 ? 12 : 15)
      bytes.insert(contentsOf: (0..<count).flatMap { _ in part }, at: place)
    case 8:
      let (from, to) = (range(bytes.count), range(bytes.count))
      let part = Array(bytes[from])
      bytes.replaceSubrange(to, with: part)
    default: bytes.insert(UInt8(below(256)), at: place)
    }
  }

  /// Puts another number where one stands, as sizes and offsets are the words that lie best.
  private mutating func replaceNumber(in bytes: inout [UInt8], near place: Int) {
    func isDigit(_ byte: UInt8) -> Bool { 0x30...0x39 ~= byte }
    guard let start = bytes[place...].firstIndex(where: isDigit) else { return }
    let end = bytes[start...].firstIndex { !isDigit($0) } ?? bytes.count
    bytes.replaceSubrange(start..<end, with: Self.words[below(16)])
  }
}
