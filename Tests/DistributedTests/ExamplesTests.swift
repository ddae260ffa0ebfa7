import Foundation
import TestSupport
import Testing

/// The programs of `Examples`, which use the library as another package does.
@Suite struct ExamplesTests {
  @Test func buildAndRun() throws {
    let root = SharedFixtures.packageRoot.path
    let scratch = "\(root)/.build/examples"
    let build = try runProcess(
      "swift", ["build", "--package-path", "\(root)/Examples", "--scratch-path", scratch],
      timeout: 1200)
    try #require(build.exitCode == 0, "\(build.output)\(build.errors)")
    let folder = try TemporaryFolder()
    let text = try folder.write(
      String(
        repeating: "Once upon a time there was a cat. It sat on a mat.<|endoftext|>", count: 80),
      to: "text.txt")

    let encoded = try runProcess("\(scratch)/debug/EncodeText", [text, "a cat ünd a mat"])
    try #require(encoded.exitCode == 0, "\(encoded.errors)")
    let lines = encoded.output.split(separator: "\n")
    #expect(lines.contains { $0.hasSuffix("\" cat\"") }, "\(encoded.output)")
    #expect(lines.last == "\(lines.count - 1) ids for 16 bytes: a cat ünd a mat")

    let trained = try runProcess(
      "\(scratch)/debug/TrainToy", [text, folder.file("run")], timeout: 600)
    try #require(trained.exitCode == 0, "\(trained.errors)")
    #expect(trained.output.contains("step 60: "), "\(trained.output)")
    // It has seen nothing else.
    #expect(trained.output.contains("Once upon a time there was a cat"), "\(trained.output)")
  }
}
