import ParablePlatform

/// The first place where bytes break a rule of JSON, for a person who is to mend it.
///
/// Foundation's decoder says this in its own words and not always, and takes the last of several
/// equal keys without a word.
package struct JSONFault: Equatable, CustomStringConvertible {
  /// The rule and the byte.
  package let failure: JSONFailure

  /// Line and column (in Unicode scalars) of that byte, counted from 1.
  package let line, column: Int

  /// Whether what follows the first value is another one, as in JSON Lines.
  package let hasMoreValues: Bool

  /// Finds it; nil where the bytes are JSON that Foundation's decoder can read.
  package init?(in bytes: UnsafeRawBufferPointer) {
    // As many brackets as Foundation's decoder takes.
    var reader = JSONReader(bytes, deepest: 512)
    var isWhole = false
    do {
      try reader.skip()
      isWhole = true
      try reader.end()
      return nil
    } catch let failure as JSONFailure {
      self.failure = failure
    } catch {
      preconditionFailure("reading of bytes in memory failed: \(error)")
    }
    let rest = bytes[min(failure.offset, bytes.count)...]
    hasMoreValues = isWhole && rest.first == UInt8(ascii: "{")
    let before = bytes[..<rest.startIndex]
    line = 1 + before.count { $0 == UInt8(ascii: "\n") }
    let start = before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
    // Bytes that continue a scalar are no columns of their own.
    column = 1 + before[start...].count { $0 & 0xC0 != 0x80 }
  }

  /// The fault with its place: `not JSON at line 3, column 7: a colon is expected`.
  package var description: String {
    "not JSON at line \(line), column \(column): \(failure.reason)"
  }

  /// What helps.
  package var remedy: String { failure.isNotUTF8 ? "save it as UTF-8" : "correct it there" }
}
