import Foundation
import ParablePlatform
import TestSupport
import Testing

@Suite("Files written in full or not at all")
struct DurableFileTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func text(_ name: String) throws -> String {
    try String(contentsOfFile: folder.file(name), encoding: .utf8)
  }

  @Test("A file is made, then replaced, and nothing else is left")
  func replaces() throws {
    try DurableFile.write("one", to: folder.file("x"))
    #expect(try text("x") == "one")
    try DurableFile.write("two", to: folder.file("x"))
    #expect(try text("x") == "two")
    #expect(try folder.names() == ["x"])
  }

  @Test("A writer that fails leaves the old file and no debris")
  func failure() throws {
    struct Interruption: Error {}
    try DurableFile.write("old", to: folder.file("x"))
    #expect(throws: Interruption.self) {
      try DurableFile.write(to: folder.file("x")) { output in
        try Array("new".utf8).withUnsafeBytes { try output.write($0) }
        throw Interruption()
      }
    }
    #expect(try text("x") == "old")
    #expect(try folder.names() == ["x"])
  }

  @Test("A leftover of the same name is not overwritten")
  func leftover() throws {
    let name = "x.\(getpid())-0.partial"
    _ = try folder.write([1], to: name)
    try DurableFile.write("new", to: folder.file("x"))
    #expect(try folder.names() == ["x", name])
    #expect(try text("x") == "new")
  }

  @Test("A link is followed, not replaced")
  func link() throws {
    try DurableFile.write("old", to: folder.file("x"))
    try FileManager.default.createSymbolicLink(
      atPath: folder.file("link"), withDestinationPath: folder.file("x"))
    try DurableFile.write("new", to: folder.file("link"))
    #expect(try text("x") == "new")
    #expect(
      try FileManager.default.destinationOfSymbolicLink(atPath: folder.file("link"))
        == folder.file("x"))
  }

  @Test(
    "A full disk gives one line",
    .enabled(if: FileManager.default.fileExists(atPath: "/dev/full"), "no /dev/full here"))
  func fullDisk() throws {
    let error = try #require(throws: FileError.self) {
      try DurableFile.write("x", to: "/dev/full")
    }
    #expect(error.description.contains("no space left on device"))
    #expect(error.description.contains("/dev/full"))
    #expect(!error.description.contains("\n"))
    var status = stat()
    #expect(stat("/dev/full", &status) == 0 && status.st_mode & S_IFMT == S_IFCHR)
  }

  @Test("A folder that is missing, a file or the target itself gives one line")
  func unwritable() throws {
    _ = try folder.write([1], to: "file")
    for path in [folder.file("absent/x"), folder.file("file/x"), folder.path, "/proc/x"] {
      let error = try #require(throws: FileError.self) {
        try DurableFile.write("x", to: path)
      }
      #expect(error.description.hasPrefix("\(path): "))
      #expect(!error.description.contains("free space"))
    }
    #expect(try folder.names() == ["file"])
  }

  @Test("A staged folder takes its name at once")
  func commit() throws {
    try FileManager.default.createDirectory(
      atPath: folder.file("staged"), withIntermediateDirectories: false)
    try DurableFile.write("x", to: folder.file("staged/x"))
    try DurableFile.commit(folder: folder.file("staged"), as: folder.file("final"))
    #expect(try folder.names() == ["final"])
    #expect(try text("final/x") == "x")
    #expect(throws: FileError.self) {
      try DurableFile.commit(folder: folder.file("absent"), as: folder.file("other"))
    }
  }
}
