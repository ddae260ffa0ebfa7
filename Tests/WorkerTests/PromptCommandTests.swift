import Foundation
import ParableAnswering
import TestSupport
import Testing

/// `worker prompt` and `worker predict` on a network of a few steps: what they write and refuse.
@Suite struct PromptCommandTests {
  private let training: SmallTraining
  private var folder: TemporaryFolder { training.folder }

  init() throws { training = try SmallTraining(storyCount: 30) }

  private struct File: Decodable {
    var predictions: [Int]
    var accuracy: Double?
    var config: [String: String]
  }

  private func file(_ name: String) throws -> File {
    try JSONDecoder().decode(File.self, from: Data(folder.read(name)))
  }

  @Test func whatPromptChoosesIsWhatPredictUses() throws {
    let first = try training.worker(
      "prompt", "--model", "run", "--dev", "q.json", "--template", "context-first,lettered",
      "--template", "simple", "--output", "out")
    for part in ["95 % interval", "chance", "longest choice", "any choice in the passage"] {
      #expect(first.output.contains(part), "\(first.output)")
    }
    #expect(first.errors.contains("simple by per-byte: "), "\(first.errors)")
    let prompted = try file("out/prompting_predictions.json")
    #expect(prompted.predictions.count == 30 && prompted.accuracy != nil)
    let second = try training.worker(
      "predict", "--model", "run", "--questions", "q.json", "--method", "prompt", "--output",
      "standard.json")
    // The model is as it was: what was chosen lies with the predictions, unless --store is given.
    #expect(second.errors.contains("no prompting.json"))
    #expect(try folder.names().contains("out"))
    let stored = "run/checkpoints/step-00000001/prompting.json"
    #expect(!FileManager.default.fileExists(atPath: folder.file(stored)))
    let given = try training.worker(
      "predict", "--model", "run", "--questions", "q.json", "--method", "prompt", "--prompting",
      "out/prompting.json", "--output", "given.json", "--compare",
      "out/prompting_predictions.json", "--json")
    #expect(given.output.contains(#""only_first":0,"only_second":0,"p":1"#), "\(given.output)")
    #expect(try file("given.json").predictions == prompted.predictions)
    #expect(try file("given.json").config["asked"] == prompted.config["asked"])
    try training.worker(
      "prompt", "--model", "run", "--dev", "q.json", "--template", "context-first,lettered",
      "--template", "simple", "--output", "out", "--store")
    #expect(try folder.read(stored) == folder.read("out/prompting.json"))
    let third = try training.worker(
      "predict", "--model", "run", "--questions", "q.json", "--method", "prompt", "--output",
      "again.json")
    #expect(!third.errors.contains("no prompting.json"))
    #expect(try file("again.json").predictions == prompted.predictions)
    #expect(try file("again.json").config["asked"] == prompted.config["asked"])
  }

  @Test func questionsWithoutAnswersArePredicted() throws {
    try folder.write(
      """
      [{"context": "A cat sat.", "question": "Who?", "choices": ["cat", "dog", "cow"]},
       {"context": "A dog ran.", "question": "Who?", "choices": ["1", "2", "3", "4", "5"]}]
      """, to: "three.json")
    let result = try training.worker(
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

  @Test func aTemplatesByteOrderMarkIsSkipped() throws {
    try folder.write("{question} {choice}", to: "plain.txt")
    try folder.write([0xEF, 0xBB, 0xBF] + Array("{question} {choice}".utf8), to: "marked.txt")
    let predictions = try ["plain", "marked"].map { name in
      let result = try runProcess(
        BuiltProduct.path("worker"),
        [
          "prompt", "--model", "run", "--dev", "q.json", "--output", name, "--scoring", "sum",
          "--template", "\(name).txt",
        ], in: folder.path)
      try #require(result.exitCode == 0, "\(result.errors)")
      let method = try PromptMethod(path: folder.file("\(name)/prompting.json"))
      return method.members.map(\.template.text)
    }
    #expect(predictions[0] == predictions[1])
  }

  /// Said before anything is computed, and nothing is left behind.
  @Test(arguments: [
    (["predict", "--questions", "q.json", "--output", "none/p.json"], "none/p.json"),
    (["predict", "--questions", "q.json", "--output", "run"], "run"),
    (["predict", "--questions", "q.json", "--output", "/proc/self/fd/p"], "/proc/self/fd/p"),
    (["prompt", "--dev", "q.json", "--output", "s.txt/out"], "s.txt/out"),
    (["prompt", "--dev", "long.json", "--output", "new/out"], "long.json record 2 (id x)"),
    (
      ["prompt", "--dev", "q.json", "--test", "long.json", "--output", "new/out"],
      "long.json record 2 (id x)"
    ),
    (
      ["predict", "--questions", "long.json", "--output", "new.json"], "long.json record 2 (id x)"
    ),
  ])
  func whatCannotEndIsNotBegun(_ arguments: [String], _ message: String) throws {
    let long = String(repeating: "very long ", count: 100)
    try folder.write(
      """
      [{"context": "A cat sat.", "question": "Who?", "choices": ["cat", "dog"], "answer": 0},
       {"context": "A cat sat.", "question": "\(long)", "choices": ["cat", "dog"], "answer": 0,
        "id": "x"}]
      """, to: "long.json")
    let method = arguments[0] == "predict" ? ["--method", "prompt"] : []
    let before = try folder.names()
    let result = try runProcess(
      BuiltProduct.path("worker"), arguments + ["--model", "run"] + method, in: folder.path)
    #expect(result.exitCode == 1)
    let lines = result.errors.split(separator: "\n").filter { $0.hasPrefix("worker: ") }
    #expect(lines.count == 1 && lines[0].contains(message), "\(result.errors)")
    #expect(!result.errors.contains(" %"), "nothing is computed: \(result.errors)")
    #expect(try folder.names() == before)
  }

  @Test func theRestOfTheAnswersIsJudged() throws {
    try folder.write(
      """
      [{"context": "A cat sat.", "question": "Who?", "choices": ["cat", "dog"], "answer": 0},
       {"context": "A cat sat.", "question": "Who?", "choices": ["cow", "dog"]},
       {"context": "A dog ran.", "question": "Who?", "choices": ["1", "2"], "answer": 1}]
      """, to: "some.json")
    let predict = [
      "predict", "--model", "run", "--questions", "some.json", "--method", "prompt", "--output",
      "p.json",
    ]
    let result = try runProcess(BuiltProduct.path("worker"), predict, in: folder.path)
    #expect(result.output.contains(" of 2 that have an answer (95 % interval"), "\(result.output)")
    #expect(try file("p.json").accuracy == nil)
    let json = try runProcess(BuiltProduct.path("worker"), predict + ["--json"], in: folder.path)
    #expect(json.output.contains(#""answered":2"#), "\(json.output)")
  }

  @Test func cutPassagesAreMentioned() throws {
    let text = String(repeating: "The cat sat on a mat. ", count: 60)
    try folder.write(
      """
      [{"context": "\(text)", "question": "Who?", "choices": ["cat", "dog"]},
       {"context": "A dog ran.", "question": "Who?", "choices": ["1", "2"]}]
      """, to: "cut.json")
    let result = try training.worker(
      "predict", "--model", "run", "--questions", "cut.json", "--method", "prompt", "--output",
      "p.json")
    #expect(
      result.errors.contains("1 of 2 passages are cut to the context of 128 tokens"),
      "\(result.errors)")
  }

  @Test func promptingGoesWithPromptingAlone() throws {
    let result = try training.worker(
      "predict", "--model", "run", "--questions", "q.json", "--prompting", "x.json", "--output",
      "p.json", exitCode: 2)
    #expect(result.errors.contains("--method prompt"))
  }
}
