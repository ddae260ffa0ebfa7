import Foundation
import TestSupport
import Testing

/// `worker cloze` and `worker stories`: what they leave where a file was.
@Suite struct ClozeCommandTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    let result = try run("stories", "--count", "20", "--output", "s.txt", "--questions", "q.json")
    try #require(result.exitCode == 0, "\(result.errors)")
  }

  private func run(
    _ arguments: String..., environment: [String: String] = [:]
  ) throws -> ProcessResult {
    try runProcess(
      BuiltProduct.path("worker"), arguments, environment: environment, in: folder.path, timeout: 60
    )
  }

  @Test func twoPhrasesAreNotSearchedForEver() throws {
    try folder.write(
      """
      [{"context": "The boat met Anna today here. She gave Otto the rope there.",
        "question": "Who met her?", "answers": ["Anna"]}]
      """, to: "poor.json")
    try folder.write("what was there", to: "p.json")
    let result = try run("cloze", "--questions", "poor.json", "--output", "p.json")
    #expect(result.exitCode == 1)
    #expect(result.errors.contains("four different choices"), "\(result.errors)")
    #expect(try folder.read("p.json") == Array("what was there".utf8))
    #expect(try folder.names() == ["p.json", "poor.json", "q.json", "s.txt"])
  }

  @Test func aFileIsNotReplacedByWhatIsMadeOfIt() throws {
    let before = try folder.read("q.json")
    for options in [["q.json"], ["p.json", "--documents", "./q.json"]] {
      let result = try runProcess(
        BuiltProduct.path("worker"), ["cloze", "--questions", "q.json", "--output"] + options,
        in: folder.path)
      #expect(result.exitCode == 2)
      #expect(result.errors.contains("the file of --questions"), "\(result.errors)")
    }
    #expect(try folder.read("q.json") == before)
  }

  /// A limit on the size of files ends the writing in the middle, as a full disk does.
  @Test func whatEndsInTheMiddleLeavesTheOldFile() throws {
    let worker = try BuiltProduct.path("worker")
    for (arguments, name) in [
      ("cloze --questions q.json --count 4000 --output p.json", "p.json"),
      ("stories --count 4000 --output p.json", "p.json"),
      ("stories --count 4000 --output /dev/null --questions p.json", "p.json"),
    ] {
      try folder.write("what was there", to: name)
      let result = try runProcess(
        "/bin/sh", ["-c", "trap '' XFSZ; ulimit -f 400; exec \(worker) \(arguments)"],
        in: folder.path)
      #expect(result.exitCode == 1, "\(arguments)")
      #expect(result.errors.contains("file too large"), "\(result.errors)")
      #expect(try folder.read(name) == Array("what was there".utf8))
      #expect(try folder.names() == ["p.json", "q.json", "s.txt"])
    }
  }
}
