import Foundation
import ParableFormats
import ParableTraining
import TestSupport
import Testing

@Suite struct MetricsLogTests {
  private struct Line: Codable, Equatable {
    var step: Int
  }

  /// Lines of no step, such as that of a start, stay whatever is done again.
  @Test func linesOfNoStepAreKept() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(
      "{\"environment\": {}}\n{\"step\": 1}\n{\"step\": 2}\n{\"resumed\": {\"step\": 2}}\n[",
      to: "m")
    _ = try MetricsLog(path: path, keepingUpTo: 1)
    #expect(
      try String(contentsOfFile: path, encoding: .utf8)
        == "{\"environment\": {}}\n{\"step\": 1}\n{\"resumed\": {\"step\": 2}}\n")
    // A training that begins has nothing to keep.
    _ = try MetricsLog(path: path, keepingUpTo: 0)
    #expect(try folder.read("m").isEmpty)
  }

  @Test func linesUpToTheStepAreKept() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("metrics.jsonl")
    let log = try MetricsLog(path: path, keepingUpTo: 0)
    for step in 1...5 { try log.append(Line(step: step)) }
    try log.synchronize()
    try folder.write(String(contentsOfFile: path, encoding: .utf8) + "{\"step\": 6, \"los", to: "m")
    let again = try MetricsLog(path: folder.file("m"), keepingUpTo: 3)
    try again.append(Line(step: 4))
    let lines = try String(contentsOfFile: folder.file("m"), encoding: .utf8)
    #expect(lines == (1...4).map { "{\"step\":\($0)}\n" }.joined())
    #expect(try folder.names() == ["m", "metrics.jsonl"])
  }

  /// Each says the whole path and what the system said.
  @Test(arguments: [
    ("/dev/full", "no space left"), ("/proc/metrics.jsonl", "no such folder"),
    ("/nowhere/metrics.jsonl", "no such folder"), ("/proc", "it is a folder"),
  ])
  func whatCannotBeWrittenIsNamed(_ path: String, _ reason: String) throws {
    let folder = try TemporaryFolder()
    var path = path
    if path == "/dev/full" {
      path = folder.file("metrics.jsonl")
      try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: "/dev/full")
    }
    #expect {
      let log = try MetricsLog(path: path, keepingUpTo: 0)
      try log.append(Line(step: 1))
    } throws: {
      "\($0)".contains(path) && "\($0)".lowercased().contains(reason)
    }
  }
}
