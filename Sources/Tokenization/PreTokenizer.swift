import CParableText
import ParablePlatform

/// Takes what a `PreTokenizer` cuts.
package protocol PreTokenReceiver: AnyObject {
  /// Whole pre-tokens: number i is `text[starts[i]..<starts[i + 1]]`; 64 more bytes are readable.
  func receive(
    words starts: UnsafePointer<UInt32>, count: Int, in text: UnsafePointer<UInt8>)

  /// The next part of a pre-token that is too long to be held.
  func receive(partOfLongWord bytes: UnsafeBufferPointer<UInt8>)

  /// The long pre-token of which parts were given has ended.
  func receiveEndOfLongWord()

  /// A special token, by its index into the list.
  func receive(special index: Int)
}

/// Cuts a stream of bytes into special tokens and, between them, the matches of GPT-2's pattern.
///
///     '(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
///
/// The pattern never looks back, so a pre-token can be cut again from its start: between two calls
/// only the last, unfinished pre-token is kept. Of a pre-token longer than `longWordLength` nothing
/// is kept but what may not belong to it.
package final class PreTokenizer {
  /// How many bytes are cut at once.
  private static let chunk = 32 << 10
  private static let batch = 4096

  private let finder: SpecialTokenFinder
  private let longWordLength: Int
  private let capacity: Int
  private let textMemory: OwnedBuffer<UInt8>
  private let startMemory = OwnedBuffer<UInt32>(count: batch + 1)
  private var filled = 0
  /// Bytes so far that belong to no valid UTF-8 sequence.
  private(set) var invalidByteCount = 0
  /// Class of the character before the text, where that is in the middle of a long pre-token.
  private var longWordClass: UInt8?

  /// Pre-tokens up to `longWordLength` bytes are always given whole.
  package init(finder: SpecialTokenFinder, longWordLength: Int) {
    self.finder = finder
    self.longWordLength = longWordLength
    capacity = Self.chunk + 2 * max(longWordLength, finder.maximumLength)
    textMemory = OwnedBuffer(count: capacity + Int(PARABLE_SCAN_PADDING))
  }

  private var text: UnsafeMutablePointer<UInt8> { textMemory.base }

  /// Takes as many of the bytes as fit at once and gives `receiver` what is certain.
  ///
  /// Returns how many it took; with `isComplete` and all bytes taken, nothing is left.
  package func cut(
    _ bytes: UnsafeRawBufferPointer, isComplete: Bool, into receiver: some PreTokenReceiver
  ) -> Int {
    let taken = min(bytes.count, capacity - filled)
    if taken > 0, let start = bytes.baseAddress {
      UnsafeMutableRawPointer(text + filled).copyMemory(from: start, byteCount: taken)
    }
    filled += taken
    let kept = cutText(isComplete: isComplete && taken == bytes.count, into: receiver)
    filled -= kept
    if kept > 0 { text.update(from: text + kept, count: filled) }
    return taken
  }

  /// Cuts the text that is there and returns up to where it is dealt with.
  private func cutText(isComplete: Bool, into receiver: some PreTokenReceiver) -> Int {
    var position = 0
    while true {
      switch finder.next(in: text, from: position, count: filled, isComplete: isComplete) {
      case .found(let index, let range):
        _ = cutSegment(position..<range.lowerBound, isComplete: true, into: receiver)
        receiver.receive(special: index)
        position = range.upperBound
      case .undecided(let end):
        return cutSegment(position..<end, isComplete: false, into: receiver)
      case .none:
        return cutSegment(position..<filled, isComplete: isComplete, into: receiver)
      }
    }
  }

  /// Cuts text without special tokens.
  private func cutSegment(
    _ range: Range<Int>, isComplete: Bool, into receiver: some PreTokenReceiver
  ) -> Int {
    var state = parable_scan_state(
      position: range.lowerBound, pending: .max, invalid_bytes: 0,
      previous: longWordClass ?? UInt8(PARABLE_CLASS_EDGE.rawValue), stalled: false)
    let (text, starts) = (text, startMemory.base)
    // starts[0] is the pre-token that is open since the last batch.
    var open: Int? = nil
    repeat {
      let found = parable_scan_words(
        text, range.upperBound, isComplete, CharacterClasses.table, &state, starts + 1, Self.batch)
      guard found > 0 else { continue }
      if longWordClass != nil {
        give(partOfLongWord: range.lowerBound..<Int(starts[1]), to: receiver)
        endLongWord(receiver)
      }
      if let open {
        starts[0] = UInt32(open)
        receiver.receive(words: starts, count: found, in: text)
      } else if found > 1 {
        receiver.receive(words: starts + 1, count: found - 1, in: text)
      }
      open = Int(starts[found])
    } while state.position < range.upperBound && !state.stalled

    if isComplete {
      invalidByteCount += Int(state.invalid_bytes)
      if let open {
        starts[0] = UInt32(open)
        starts[1] = UInt32(range.upperBound)
        receiver.receive(words: starts, count: 1, in: text)
      } else if longWordClass != nil {
        give(partOfLongWord: range, to: receiver)
        endLongWord(receiver)
      }
      return range.upperBound
    }
    var kept = open ?? range.lowerBound
    if longWordClass != nil && open == nil || range.upperBound - kept > longWordLength {
      // The last white character of a run may belong to the next pre-token.
      let isPending = state.pending != .max
      let end = isPending ? Int(state.pending) : Int(state.position)
      give(partOfLongWord: kept..<end, to: receiver)
      longWordClass = isPending ? UInt8(PARABLE_CLASS_WHITE.rawValue) : state.previous
      kept = end
    }
    invalidByteCount += Int(state.invalid_bytes)
    if state.invalid_bytes > 0 {
      // What is kept is scanned again.
      invalidByteCount -= parable_count_invalid_utf8(text + kept, Int(state.position) - kept)
    }
    return kept
  }

  private func give(partOfLongWord range: Range<Int>, to receiver: some PreTokenReceiver) {
    guard !range.isEmpty else { return }
    receiver.receive(
      partOfLongWord: UnsafeBufferPointer(start: text + range.lowerBound, count: range.count))
  }

  private func endLongWord(_ receiver: some PreTokenReceiver) {
    receiver.receiveEndOfLongWord()
    longWordClass = nil
  }
}
