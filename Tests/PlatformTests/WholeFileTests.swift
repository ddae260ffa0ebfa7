import Foundation
import ParablePlatform
import TestSupport
import Testing

@Suite struct WholeFileTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    try folder.write("text", to: "file")
    try #require(mkfifo(folder.file("pipe"), 0o600) == 0)
  }

  @Test(arguments: [0, 1, 4095, 4096, 100_001])
  func allBytesOfAFileAreRead(count: Int) throws {
    let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    try folder.write(bytes, to: "bytes")
    #expect(try contents(ofFile: folder.file("bytes")) == bytes)
  }

  /// The system would open the file whose name ends before the zero.
  @Test func aZeroInANameIsNoEnd() throws {
    #expect(try contents(ofFile: folder.file("file")) == Array("text".utf8))
    for name in ["file\0", "file\0b", "file\0\u{301}"] {
      let failure = #expect(throws: FileError.self) { try contents(ofFile: folder.file(name)) }
      #expect("\(try #require(failure))".contains("a zero in its name"))
    }
  }

  /// Files of /proc say that they are empty.
  @Test func aFileMayHoldMoreThanItSays() throws {
    #expect(try contents(ofFile: "/proc/self/status").count > 100)
  }

  @Test(arguments: [
    ("absent", "no such file; check the name"),
    ("absent/file", "no such file; check the name"),
    ("file/below", "a part of this path is no folder; check the name"),
    (".", "it is a folder; name a file"),
    ("pipe", "it is no regular file; name a regular file"),
    ("/dev/zero", "it is no regular file; name a regular file"),
    ("", "no such file; check the name"),
  ])
  func whatCannotBeReadIsSaidInWords(_ name: String, _ words: String) {
    let path = name.isEmpty || name.hasPrefix("/") ? name : folder.file(name)
    let failure = #expect(throws: FileError.self) { try contents(ofFile: path) }
    #expect(failure.map { "\($0)" } == "\(path): \(words)")
  }

  @Test func foldersAreMadeWithThoseAboveThem() throws {
    for path in ["a/b/c", "a/b/c", "a/b/d/", "a//e"] { try makeFolder(folder.file(path)) }
    var isFolder: ObjCBool = false
    for path in ["a/b/c", "a/b/d", "a/e"] {
      #expect(FileManager.default.fileExists(atPath: folder.file(path), isDirectory: &isFolder))
      #expect(isFolder.boolValue)
    }
  }

  @Test(arguments: [
    ("file", "there is a file of this name; choose another place"),
    ("file/below", "a part of this path is no folder; check the name"),
    ("/dev/null/x", "a part of this path is no folder; check the name"),
    ("/proc/x", "no such folder; make the folder or choose another place"),
    ("", "the name is empty; give it a name"),
  ])
  func aFolderThatCannotBeMadeIsSaidInWords(_ name: String, _ words: String) {
    let path = name.isEmpty || name.hasPrefix("/") ? name : folder.file(name)
    let failure = #expect(throws: FileError.self) { try makeFolder(path) }
    #expect(failure.map { "\($0)" } == "\(path): \(words)")
  }
}
