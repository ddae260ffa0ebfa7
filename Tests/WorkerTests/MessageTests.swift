import Foundation
import TestSupport
import Testing

/// What the worker says of mistakes: the whole line, and the exit code.
@Suite struct MessageTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    try folder.write("Once upon a time.\n<|endoftext|>\nThere was a cat.\n", to: "c.txt")
    try folder.write([0xEF, 0xBB, 0xBF] + Array(#"{"steps": "10"}"#.utf8), to: "marked.json")
    try folder.write(#"{"steps": 1, "steps": 2}"#, to: "twice.json")
    try folder.write("{\"steps\": 1,\n \"batch\": }", to: "broken.json")
    try folder.write(#"{"run": "x", "steps": 1}"#, to: "run.json")
    try folder.write(Array(#"[{"context":"caf"#.utf8) + [0xE9], to: "latin1.json")
    try folder.write(#"[{"context":"a \ud83d b","question":"c?"}]"#, to: "half.json")
    try folder.write([0xFF, 0xFE, 0x5B, 0x00, 0x5D, 0x00], to: "utf16.json")
    try folder.write("{\"question\": \"a\"}\n{\"question\": \"b\"}\n", to: "lines.json")
    try folder.write(#"{"questions": []}"#, to: "object.json")
    try folder.write("[1, 2", to: "ids.json")
    try folder.write("", to: "empty.txt")
    try FileManager.default.createDirectory(
      atPath: folder.file("cases"), withIntermediateDirectories: false)
  }

  /// A mistake: what is typed, what is said after `worker: `, and the exit code.
  struct Mistake: Sendable {
    let arguments: [String]
    let line: String
    let exitCode: Int32

    init(_ exitCode: Int32, _ arguments: [String], _ line: String) {
      self.arguments = arguments
      self.line = line
      self.exitCode = exitCode
    }
  }

  private static let predict = [
    "predict", "--model", "m", "--output", "p.json", "--method", "prompt", "--questions",
  ]

  private static let mistakes = [
    // The command line.
    Mistake(2, ["chat"], "the command line: unknown command 'chat'; see worker --help"),
    Mistake(
      2, ["generte"],
      "the command line: unknown command 'generte'; the nearest is generate, see worker --help"),
    Mistake(
      2, ["generate", "--samples", "3"],
      "generate: unknown option --samples; see worker help generate"),
    Mistake(
      2, ["pretrain", "--hostfile", "h"],
      "pretrain: unknown option --hostfile; see worker help pretrain"),
    Mistake(
      2, ["pretrain", "--lr", "fast"],
      "pretrain: --learning-rate is 'fast'; give a number of at least 0"),
    Mistake(
      2, ["pretrain", "--vocab-size", "many"],
      "pretrain: --vocabulary-size is 'many'; give a whole number of at least 1"),
    Mistake(
      2, ["pretrain", "--seed", "18446744073709551615"],
      "pretrain: --seed is '18446744073709551615'; "
        + "give a whole number of at most 9223372036854775807"),
    Mistake(2, ["pretrain", "--run", ""], "pretrain: --run is ''; give a name"),
    Mistake(
      2, ["pretrain", "--run", "a", "--run", "b"],
      "pretrain: --run stands there twice; give it once"),
    Mistake(
      2, ["pretrain", "--preset", "huge"], "pretrain: --preset is 'huge'; give one of tiny, base"),
    Mistake(2, ["evaluate", "--model", "m"], "evaluate: no --corpus given; add --corpus FILE"),
    Mistake(2, ["grade"], "grade: no CASES given; write worker grade CASES [options]"),
    // Files of settings.
    Mistake(
      2, ["pretrain", "--config", "marked.json"],
      #"marked.json: "steps" is "10"; give a whole number of at least 1"#),
    Mistake(
      2, ["pretrain", "--config", "twice.json"],
      #"twice.json: not JSON at line 1, column 14: "steps" stands there twice; correct it there"#),
    Mistake(
      2, ["pretrain", "--config", "broken.json"],
      "broken.json: not JSON at line 2, column 11: a value is expected; correct it there"),
    Mistake(
      2, ["pretrain", "--config", "run.json"], #"run.json: unknown key "run"; leave it out"#),
    Mistake(
      1, ["pretrain", "--config", "/dev/zero"],
      "/dev/zero: it is no regular file; name a regular file"),
    Mistake(
      1, ["pretrain", "--config", "none.json"], "none.json: no such file; check the name"),
    // Files and folders.
    Mistake(
      1, ["pretrain", "--run", "/dev/null/x"],
      "/dev/null/x: a part of this path is no folder; check the name"),
    Mistake(
      1, ["stories", "--output", "none/s.txt"],
      "none/s.txt: no such folder; make the folder or choose another place"),
    Mistake(
      1, ["stories", "--output", "/dev/full"],
      "/dev/full: no space left on device; free space or choose another place"),
    Mistake(
      1, ["train-tokenizer", "--corpus", "none.txt", "--output", "t"],
      "none.txt: no such file; check the name"),
    Mistake(
      1, ["train-tokenizer", "--corpus", "empty.txt", "--output", "t"],
      "empty.txt: the corpus is empty; give text"),
    Mistake(
      1, ["train-tokenizer", "--corpus", "c.txt", "--vocabulary-size", "9", "--output", "t"],
      "--vocabulary-size: 9 is too small; give at least 257, for special tokens and bytes"),
    Mistake(
      1, ["evaluate", "--model", "none", "--corpus", "c.txt"],
      "none: no such folder; name the folder of a model or of a run"),
    Mistake(
      1, ["evaluate", "--model", "cases", "--corpus", "c.txt"],
      "cases: it has neither a config.json nor a checkpoint; "
        + "name the folder of a model or of a run that has saved one"),
    Mistake(
      1, ["encode", "--tokenizer", "c.txt"],
      "c.txt: it is a file, not a folder; name a folder that holds a tokenizer.json, or a run"),
    // Questions.
    Mistake(1, predict + ["none.json"], "none.json: no such file; check the name"),
    Mistake(
      1, predict + ["latin1.json"],
      "latin1.json: not JSON at line 1, column 17: byte 16 is not UTF-8; save it as UTF-8"),
    Mistake(1, predict + ["utf16.json"], "utf16.json: the text is UTF-16; save it as UTF-8"),
    Mistake(
      1, predict + ["half.json"],
      "half.json: not JSON at line 1, column 16: half a surrogate pair stands alone; "
        + "correct it there"),
    Mistake(
      1, predict + ["lines.json"],
      "lines.json: not JSON at line 2, column 1: there is more behind the end; "
        + "put records of JSON Lines into one array, [ before, ] behind, commas between"),
    Mistake(
      1, predict + ["object.json"],
      "object.json: not a JSON array; give a JSON array of questions"),
    // Cases.
    Mistake(
      1, ["grade", "none"], "none: it cannot be listed; name a folder of .safetensors files"),
    Mistake(
      1, ["grade", "cases"],
      "cases: it holds no .safetensors file; name a folder of .safetensors files"),
  ]

  @Test(arguments: mistakes.indices)
  func aMistakeIsOneLine(_ index: Int) throws {
    let mistake = Self.mistakes[index]
    let result = try runProcess(
      BuiltProduct.path("worker"), mistake.arguments, in: folder.path)
    let lines = result.errors.split(separator: "\n").filter { $0.hasPrefix("worker: ") }
    #expect(lines == ["worker: \(mistake.line)"], "\(mistake.arguments): \(result.errors)")
    #expect(result.exitCode == mistake.exitCode, "\(mistake.arguments)")
  }

  /// A value as long as a file is not printed in full.
  @Test func longValuesAreCut() throws {
    let long = String(repeating: "x", count: 100_000)
    try folder.write(#"{"preset": "\#(long)"}"#, to: "long.json")
    for arguments in [
      ["pretrain", "--config", "long.json"], ["pretrain", "--preset", long],
      ["evaluate", "--corpus", "c.txt", "--model", long], [long],
    ] {
      let result = try runProcess(BuiltProduct.path("worker"), arguments, in: folder.path)
      #expect(result.exitCode != 0 && result.errors.count < 1000, "\(arguments[0].prefix(20))")
    }
  }
}
