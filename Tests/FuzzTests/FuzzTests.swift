import Foundation
import Fuzzing
import ParablePlatform
import TestSupport
import Testing

/// Every parser is fed with what nobody has checked, in a process of its own.
@Suite struct FuzzTests {
  /// Seconds for each, of about a minute together; `make fuzz` takes longer.
  private static let seconds = 60 / Double(FuzzTarget.all.count)

  /// The kept inputs of a target, below this file's folder.
  private static func corpus(of target: String) -> String {
    URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("Fuzzing/Corpus/\(target)").path
  }

  @Test(arguments: FuzzTarget.all.map(\.name))
  func noInputEndsTheProcess(_ target: String) throws {
    let folder = try TemporaryFolder()
    let kept = folder.file("input")
    let result = try runProcess(
      BuiltProduct.path("Fuzz"),
      [
        target, Self.corpus(of: target), "--seconds", "\(Self.seconds)", "--keep", kept,
      ], environment: ["SWIFT_BACKTRACE": "enable=no"], timeout: 300)
    guard result.exitCode != 0 else { return }
    let input = (try? FuzzRun.input(in: kept)) ?? []
    Issue.record(
      """
      \(target) ended with \(result.exitCode): \(result.output)\(result.errors)
      input: \(Data(input.prefix(4096)).base64EncodedString())
      """)
  }

  @Test func everyTargetHasACorpusAndTheyAreSmall() throws {
    var byteCount = 0
    for target in FuzzTarget.all {
      let folder = Self.corpus(of: target.name)
      let names = try FileManager.default.contentsOfDirectory(atPath: folder)
      #expect(!names.isEmpty)
      for name in names { byteCount += try contents(ofFile: folder + "/" + name).count }
    }
    #expect(byteCount < 500_000)
    #expect(Set(FuzzTarget.all.map(\.name)).count == FuzzTarget.all.count)
  }

  /// The same seed makes the same inputs, so that what was found can be found again.
  @Test func aSeedNamesItsInputs() {
    let corpus = [Array("{\"a\": [1, 2]}".utf8)]
    var (one, other) = (FuzzMutator(seed: 7, corpus: corpus), FuzzMutator(seed: 7, corpus: corpus))
    let inputs = (0..<200).map { _ in one.next() }
    #expect(inputs == (0..<200).map { _ in other.next() })
    #expect(Set(inputs).count > 150)
  }
}
