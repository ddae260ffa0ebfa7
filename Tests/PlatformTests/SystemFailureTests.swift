import Foundation
import ParablePlatform
import Testing

@Suite struct SystemFailureTests {
  /// The remedy fits the cause: space helps against a full disk and against nothing else.
  @Test(arguments: [
    (ENOSPC, "no space left on device", "free space or choose another place"),
    (ENOENT, "no such folder", "make the folder or choose another place"),
    (EACCES, "permission denied", "choose a place that you may write to"),
    (EROFS, "read-only file system", "choose a place that you may write to"),
    (EISDIR, "it is a folder", "name a file"),
    (EMFILE, "too many open files", "raise the limit on open files (ulimit -n)"),
    (EBUSY, "device or resource busy", "choose another place"),
  ])
  func whatCannotBeWrittenHasItsRemedy(_ code: Int32, _ reason: String, _ remedy: String) {
    let failure = SystemFailure(.writing, code: code)
    #expect(failure == SystemFailure(reason: reason, remedy: remedy))
  }

  @Test func foundationsErrorsAreTracedToTheSystems() throws {
    let error = #expect(throws: (any Error).self) {
      try Data().write(to: URL(fileURLWithPath: "/nowhere/file"))
    }
    #expect(SystemFailure(.writing, try #require(error)).reason == "no such folder")
    let unexplained = SystemFailure(.writing, CocoaError(.fileWriteUnknown))
    #expect(!unexplained.reason.contains("Cocoa"))
  }

  @Test func quotedTextsStayOnOneLineAndShort() {
    #expect(quoted("a\nb\u{1B}\u{2028}é") == "a\\u{a}b\\u{1b}\\u{2028}é")
    let long = quoted(String(repeating: "ab", count: 50_000))
    #expect(long.count == 301 && long.hasPrefix("abab") && long.hasSuffix("abab"))
  }
}
