import Foundation
import ParableFormats
import ParablePlatform
import ParableTraining
import TestSupport
import Testing

@Suite struct ManifestTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    try folder.write("one", to: "a")
    try folder.write("two", to: "b")
  }

  private func damage(_ required: [String] = ["a", "b"], isAll: Bool = true) -> String? {
    Manifest.damage(in: folder.path, requiring: required, isAll: isAll)
  }

  @Test func whatWasWrittenIsFoundAndWhatChangedIsNamed() throws {
    #expect(!Manifest.isThere(in: folder.path))
    #expect(damage() == "it has no readable manifest.json")
    try Manifest.write(in: folder.path)
    #expect(Manifest.isThere(in: folder.path))
    #expect(damage() == nil)
    try folder.write("twp", to: "b")
    #expect(damage() == "b is not what was written")
    try FileManager.default.removeItem(atPath: folder.file("b"))
    #expect(damage() == "b is missing")
    #expect(damage(["a"]) == "b is missing")
    #expect(damage(["a"], isAll: false) == nil)
    #expect(damage(isAll: false) == "b is missing")
    #expect(damage(["a", "c"]) == "manifest.json does not list c")
  }

  @Test func onlyTheNamedFilesAreListed() throws {
    try Manifest.write(in: folder.path, of: ["a"])
    try folder.write("other", to: "b")
    #expect(damage(["a"]) == nil)
    #expect(damage() == "manifest.json does not list b")
  }

  /// Names that lead elsewhere, text that is no manifest, and a pipe that would be read for ever.
  @Test(arguments: ["../a", "sub/a", "..", "", "."])
  func aNameOutsideTheFolderIsRefused(_ name: String) throws {
    try folder.write(#"{"sha256": {"\#(name)": ""}}"#, to: "manifest.json")
    #expect(damage([])?.contains("no file of the folder") == true)
  }

  @Test(arguments: ["", "{}", "[]", #"{"sha256": []}"#, #"{"sha256": {"a": 1}}"#])
  func textThatIsNoManifestIsDamage(_ text: String) throws {
    try folder.write(text, to: "manifest.json")
    #expect(damage() == "it has no readable manifest.json")
  }

  @Test func aPipeIsNotWaitedFor() throws {
    try Manifest.write(in: folder.path)
    try FileManager.default.removeItem(atPath: folder.file("b"))
    #expect(mkfifo(folder.file("b"), 0o600) == 0)
    #expect(damage() == "b cannot be read")
    #expect(throws: FileError.self) { try contents(ofFile: folder.file("b")) }
    #expect(throws: FileError.self) { try contents(ofFile: "/dev/zero") }
    #expect(throws: FileError.self) { try contents(ofFile: folder.path) }
    #expect(try contents(ofFile: folder.file("a")) == Array("one".utf8))
  }
}
