import ParablePlatform
import Testing

@Suite struct OwnedBufferTests {
  @Test(arguments: [1, 16, 1023, 1024, 1 << 19])
  func elementsAreZeroAndAligned(count: Int) {
    let buffer = OwnedBuffer<UInt32>(count: count)
    #expect(values(buffer) == [UInt32](repeating: 0, count: count))
    let alignment = count >= 1 << 19 ? 1 << 21 : 64
    #expect(UInt(bitPattern: buffer.base).isMultiple(of: UInt(alignment)))
  }

  private func values<Element>(_ buffer: OwnedBuffer<Element>) -> [Element] {
    withExtendedLifetime(buffer) { Array(buffer.buffer) }
  }

  @Test func valuesAreCopiedAndRepeated() {
    #expect(values(OwnedBuffer([3, 1, 2])) == [3, 1, 2])
    #expect(values(OwnedBuffer<UInt8>([])).isEmpty)
    #expect(values(OwnedBuffer(repeating: Int16(-1), count: 5)) == [-1, -1, -1, -1, -1])
  }

  @Test func aLargerBufferKeepsWhatItIsToldTo() {
    let larger = OwnedBuffer([1, 2, 3, 4]).resized(to: 100, keeping: 3)
    #expect(larger.count == 100 && values(larger).starts(with: [1, 2, 3]))
    #expect(values(larger.resized(to: 2, keeping: 2)) == [1, 2])
  }
}
