import Foundation
import ParableCorpus
import ParablePlatform
import TestSupport
import Testing

@Suite struct TokenFileTests {
  private func write(
    _ ids: [Int32], to path: String, width: TokenFile.Width
  ) throws -> TokenFileWriter {
    let writer = try TokenFileWriter(path: path, width: width)
    for start in stride(from: 0, to: ids.count, by: 1000) {
      try ids[start..<min(ids.count, start + 1000)].withUnsafeBufferPointer {
        try writer.append($0)
      }
    }
    try writer.finish()
    return writer
  }

  @Test func idsAreLittleEndianNumbersAndNothingElse() throws {
    let folder = try TemporaryFolder()
    _ = try write([1, 0x1234, 65535], to: folder.file("a"), width: .u16)
    #expect(try folder.read("a") == [1, 0, 0x34, 0x12, 0xFF, 0xFF])
    _ = try write([1, 0x123456], to: folder.file("b"), width: .u32)
    #expect(try folder.read("b") == [1, 0, 0, 0, 0x56, 0x34, 0x12, 0])
    #expect(TokenFile.Width(vocabularyCount: 65536) == .u16)
    #expect(TokenFile.Width(vocabularyCount: 65537) == .u32)
  }

  @Test(arguments: [TokenFile.Width.u16, .u32]) func readsWhatWasWritten(width: TokenFile.Width)
    throws
  {
    let folder = try TemporaryFolder()
    let ids = (0..<200_000).map { Int32($0 % 65_521) }
    let writer = try write(ids, to: folder.file("a"), width: width)
    let file = try TokenFile(path: folder.file("a"), width: width)
    #expect(file.count == ids.count && writer.count == ids.count)
    #expect(file.ids(0..<file.count) == ids)
    #expect(file.ids(70_000..<70_003) == Array(ids[70_000..<70_003]))
    // Another rank's part goes behind it.
    let part = try write([5, 6], to: folder.file("b"), width: width)
    try part.copy(to: folder.file("a"), at: ids.count)
    #expect(
      try TokenFile(path: folder.file("a"), width: width).ids(199_999..<200_002) == [
        ids[199_999], 5, 6,
      ])
  }

  @Test func brokenFilesAreErrors() throws {
    let folder = try TemporaryFolder()
    let odd = try folder.write([1, 2, 3], to: "odd")
    #expect(throws: FileError.self) { try TokenFile(path: odd, width: .u16) }
    #expect(throws: FileError.self) { try TokenFile(path: folder.file("none"), width: .u16) }
    #expect(try TokenFile(path: folder.write([], to: "empty"), width: .u16).count == 0)
    #expect(throws: FileError.self) {
      try TokenFileWriter(path: folder.file("no/folder"), width: .u16)
    }
  }

  @Test(.enabled(if: FileManager.default.fileExists(atPath: "/dev/full"), "no /dev/full here"))
  func aFullDiskIsAnError() throws {
    let writer = try TokenFileWriter(path: "/dev/full", width: .u16)
    try [Int32(1)].withUnsafeBufferPointer { try writer.append($0) }
    let full = #expect(throws: FileError.self) { try writer.finish() }
    #expect(
      full?.description == "/dev/full: no space left on device; free space or choose another place")
  }
}
