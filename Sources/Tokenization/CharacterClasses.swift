import CParableText
import ParablePlatform

/// The class of every Unicode character, expanded once from the ranges that `CText` holds.
package enum CharacterClasses {
  /// A two-stage table: equal blocks of 256 code points are stored once.
  private struct Table: @unchecked Sendable {
    let loops: OwnedBuffer<parable_character_classes>
    let blocks: OwnedBuffer<UInt8>
    let classes: OwnedBuffer<UInt8>
  }

  private static let shared = makeTable()

  /// The table as the scan takes it; it lives as long as the process.
  static var table: UnsafePointer<parable_character_classes> { UnsafePointer(shared.loops.base) }

  /// The class of one code point.
  package static func characterClass(of codePoint: UInt32) -> UInt8 {
    let block = Int(shared.blocks.base[Int(codePoint >> 8)])
    return shared.classes.base[block << 8 | Int(codePoint & 255)]
  }

  private static func makeTable() -> Table {
    let runs = UnsafeBufferPointer(
      start: parable_class_runs_start(), count: parable_class_run_count)
    let all = runs.flatMap { repeatElement(UInt8($0 & 7), count: Int($0 >> 3)) }
    var stored: [UInt8] = []
    var known: [ArraySlice<UInt8>: UInt8] = [:]
    let blocks = stride(from: 0, to: all.count, by: 256).map { start in
      let content = all[start..<start + 256]
      if let block = known[content] { return block }
      let block = UInt8(known.count)
      known[content] = block
      stored += content
      return block
    }
    let blockMemory = OwnedBuffer(blocks)
    let classMemory = OwnedBuffer(stored)
    let loops = parable_character_classes(blocks: blockMemory.base, classes: classMemory.base)
    return Table(
      loops: OwnedBuffer(CollectionOfOne(loops)), blocks: blockMemory, classes: classMemory)
  }
}
