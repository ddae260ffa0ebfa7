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
    let blockCount = 0x110000 >> 8
    let changes = UnsafeBufferPointer(
      start: parable_class_changes_start(), count: parable_class_change_count)
    var stored: [UInt8] = []
    var blockOfContent: [[UInt8]: UInt8] = [:]
    var blocks: [UInt8] = []
    var change = 0
    var current: UInt8 = 0
    var content = [UInt8](repeating: 0, count: 256)
    for block in 0..<blockCount {
      let last = UInt32(block << 8 | 255)
      if change == changes.count || changes[change] >> 3 > last {
        for i in 0..<256 { content[i] = current }
      } else {
        for i in 0..<256 {
          while change < changes.count, changes[change] >> 3 <= UInt32(block << 8 | i) {
            current = UInt8(changes[change] & 7)
            change += 1
          }
          content[i] = current
        }
      }
      if let known = blockOfContent[content] {
        blocks.append(known)
      } else {
        let index = UInt8(stored.count / 256)
        blockOfContent[content] = index
        stored += content
        blocks.append(index)
      }
    }
    let blockMemory = OwnedBuffer(blocks)
    let classMemory = OwnedBuffer(stored)
    let loops = parable_character_classes(blocks: blockMemory.base, classes: classMemory.base)
    return Table(
      loops: OwnedBuffer(CollectionOfOne(loops)), blocks: blockMemory, classes: classMemory)
  }
}
