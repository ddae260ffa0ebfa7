import Foundation
import ParablePlatform
import TestSupport
import Testing
import Worker

/// Errors of the libraries below get words; our own are printed as they are.
@Suite struct ExplanationTests {
  private struct Own: Error, CustomStringConvertible {
    let description = "a: it is b; make it c"
  }

  @Test func noErrorOfALibraryIsPrintedAsItIs() throws {
    let encoding = #expect(throws: EncodingError.self) {
      try JSONEncoder().encode(["loss": Double.infinity])
    }
    let decoding = #expect(throws: DecodingError.self) {
      try JSONDecoder().decode([Int].self, from: Data("{".utf8))
    }
    let cocoa = #expect(throws: (any Error).self) {
      try FileManager.default.createDirectory(
        atPath: "/dev/null/x", withIntermediateDirectories: true)
    }
    for error in [
      try #require(encoding), try #require(decoding), try #require(cocoa), POSIXError(.ENOSPC),
      CocoaError(.fileWriteUnknown),
    ] as [any Error] {
      #expect(isMessage(explanation(of: error)), "\(explanation(of: error))")
    }
    #expect(explanation(of: try #require(encoding)).hasPrefix("loss: inf "))
    #expect(explanation(of: try #require(decoding)).hasPrefix("a file: it does not hold what was "))
    #expect(explanation(of: POSIXError(.ENOSPC)).contains("free space"))
    #expect(explanation(of: Own()) == "a: it is b; make it c")
  }
}
