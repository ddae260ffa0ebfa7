import Foundation
import TestSupport
import Testing

/// `worker prompt` and `worker predict` on a network of a few steps: what they write and refuse.
@Suite struct PromptCommandTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    try worker("stories", "--count", "30", "--output", "s.txt", "--questions", "q.json")
    try worker(
      "pretrain", "--corpus", "s.txt", "--run", "run", "--width", "8", "--layers", "1", "--heads",
      "2", "--hidden", "8", "--context", "128", "--batch", "1", "--grain", "1",
      "--vocabulary-size", "600", "--steps", "1")
  }

  @discardableResult
  private func worker(_ arguments: String..., exitCode: Int32 = 0) throws -> ProcessResult {
    let result = try runProcess(BuiltProduct.path("worker"), arguments, in: folder.path)
    try #require(result.exitCode == exitCode, "\(result.errors)")
    return result
  }

  private struct File: Decodable {
    var predictions: [Int]
    var accuracy: Double?
    var config: [String: String]
  }

  private func file(_ name: String) throws -> File {
    try JSONDecoder().decode(File.self, from: Data(folder.read(name)))
  }

  @Test func whatPromptChoosesIsWhatPredictUses() throws {
    let first = try worker(
      "prompt", "--model", "run", "--dev", "q.json", "--template", "context-first,lettered",
      "--template", "simple", "--output", "out")
    for part in ["95 % interval", "chance", "longest choice", "any choice in the passage"] {
      #expect(first.output.contains(part), "\(first.output)")
    }
    #expect(first.errors.contains("simple by byte: "), "\(first.errors)")
    let prompted = try file("out/prompting_predictions.json")
    #expect(prompted.predictions.count == 30 && prompted.accuracy != nil)
    let second = try worker(
      "predict", "--model", "run", "--questions", "q.json", "--method", "prompt", "--output",
      "again.json", "--compare", "out/prompting_predictions.json", "--json")
    #expect(try file("again.json").predictions == prompted.predictions)
    #expect(try file("again.json").config["asked"] == prompted.config["asked"])
    #expect(second.output.contains(#""only_first":0,"only_second":0,"p":1"#), "\(second.output)")
  }

  @Test func questionsWithoutAnswersArePredicted() throws {
    try folder.write(
      """
      [{"context": "A cat sat.", "question": "Who?", "choices": ["cat", "dog", "cow"]},
       {"context": "A dog ran.", "question": "Who?", "choices": ["1", "2", "3", "4", "5"]}]
      """, to: "three.json")
    let result = try worker(
      "predict", "--model", "run", "--questions", "three.json", "--method", "prompt", "--output",
      "p.json")
    #expect(result.output.contains("not known"))
    #expect(result.errors.contains("no prompting.json"))
    #expect(try file("p.json").predictions.count == 2)
    #expect(
      String(decoding: try folder.read("p.json"), as: UTF8.self).contains(#""accuracy":null"#))
  }

  @Test(arguments: [
    (#"[{"context":"c","question":"q","choices":["a","b"],"answer":2,"id":"x"}]"#, "(id x)"),
    (#"[{"context":"c","question":"q","answer":0}]"#, "\"choices\" is missing"),
    (#"[{"context":"c","question":"q","choices":["a"," "],"answer":0}]"#, "choice 1 is empty"),
    (#"[{"context":"c","question":"q","choices":["a","a"],"answer":0}]"#, "0 and 1 are the same"),
    (#"[{"context":"","question":"q","choices":["a","b"],"answer":0}]"#, "\"context\" is empty"),
    ("no JSON", "not JSON"), ("[]", "no questions"),
  ])
  func badQuestionsAreOneLine(_ text: String, _ message: String) throws {
    try folder.write(text, to: "bad.json")
    for arguments in [
      ["prompt", "--dev", "bad.json", "--output", "out"],
      ["prompt", "--dev", "q.json", "--test", "bad.json", "--output", "out"],
      ["predict", "--questions", "bad.json", "--output", "p.json", "--method", "prompt"],
    ] {
      let result = try runProcess(
        BuiltProduct.path("worker"), arguments + ["--model", "run"], in: folder.path)
      #expect(result.exitCode == 1)
      let lines = result.errors.split(separator: "\n")
      #expect(lines.count == 1 && lines[0].hasPrefix("worker: "), "\(result.errors)")
      #expect(lines[0].contains(message) && lines[0].contains("bad.json"), "\(result.errors)")
    }
  }

  @Test(arguments: [
    (["--template", "nothing"], "neither a template nor a file that can be read"),
    (["--template", "mine.txt"], "it has {answer}"),
    (["--template", "simple", "--scoring", "label"], "no labelled {choices}"),
    (["--compare", "nothing.json", "--template", "simple", "--scoring", "sum"], "nothing.json"),
  ])
  func badRequestsAreOneLine(_ options: [String], _ message: String) throws {
    try folder.write("{question} {answer} {choice}", to: "mine.txt")
    let result = try runProcess(
      BuiltProduct.path("worker"),
      ["prompt", "--model", "run", "--dev", "q.json", "--output", "out"] + options,
      in: folder.path)
    #expect(result.exitCode == 1)
    let lines = result.errors.split(separator: "\n").filter { $0.hasPrefix("worker: ") }
    #expect(lines.count == 1 && lines.first?.contains(message) == true, "\(result.errors)")
  }
}
