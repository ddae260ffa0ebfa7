import Platform
import Testing

@Suite struct OwnedBufferTests {
  @Test(arguments: [1, 16, 1023, 1024, 1 << 19])
  func elementsAreZeroAndAligned(count: Int) {
    let buffer = OwnedBuffer<UInt32>(count: count)
    #expect(buffer.buffer.count == count && buffer.buffer.allSatisfy { $0 == 0 })
    let alignment = count >= 1 << 19 ? 1 << 21 : count >= 1024 ? 4096 : 64
    #expect(UInt(bitPattern: buffer.base).isMultiple(of: UInt(alignment)))
  }

  @Test func valuesAreCopiedAndRepeated() {
    #expect(Array(OwnedBuffer([3, 1, 2]).buffer) == [3, 1, 2])
    #expect(Array(OwnedBuffer<UInt8>([]).buffer).isEmpty)
    #expect(Array(OwnedBuffer(repeating: Int16(-1), count: 5).buffer) == [-1, -1, -1, -1, -1])
  }

  @Test func aLargerBufferKeepsWhatItIsToldTo() {
    let larger = OwnedBuffer([1, 2, 3, 4]).resized(to: 100, keeping: 3)
    #expect(larger.count == 100 && larger.buffer[..<3].elementsEqual([1, 2, 3]))
    let smaller = larger.resized(to: 2, keeping: 2)
    #expect(Array(smaller.buffer) == [1, 2])
  }
}
