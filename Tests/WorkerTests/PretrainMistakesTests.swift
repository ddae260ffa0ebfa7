import TestSupport
import Testing

/// Bad input to `worker pretrain`: one line that says what, where and what to do.
@Suite struct PretrainMistakesTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    try folder.write("Once upon a time there was a cat.\n<|endoftext|>\n", to: "short.txt")
    try folder.write("", to: "empty.txt")
    try folder.write("a", to: "one.txt")
    try folder.write("{\"width\": 12, \"depth\": 3}", to: "unknown.json")
  }

  private func pretrain(_ options: [String]) throws -> ProcessResult {
    try runProcess(
      BuiltProduct.path("worker"), ["pretrain", "--run", "run"] + options, in: folder.path)
  }

  @Test(arguments: [
    (["--corpus", "missing.txt"], "missing.txt"),
    (["--corpus", "empty.txt"], "empty"),
    (["--corpus", "short.txt"], "do not fill a sequence"),
    (["--corpus", "short.txt", "--validation", "missing.txt"], "missing.txt"),
    (["--corpus", "short.txt", "--validation", "one.txt"], "one.txt: there is nothing to predict"),
    (["--corpus", "short.txt", "--vocabulary-size", "256"], "257"),
    (["--corpus", "short.txt", "--heads", "3"], "heads: cannot be 3"),
    (["--corpus", "short.txt", "--batch", "6"], "give a multiple of the micro-batch 4"),
    (["--corpus", "short.txt", "--beta1", "1"], "--beta1: cannot be 1"),
    (["--corpus", "short.txt", "--tokenizer", "nowhere"], "nowhere"),
    (
      ["--learning-rate", "1e-3", "--minimum-learning-rate", "2e-3"],
      "--minimum-learning-rate: cannot be 0.002"
    ),
    (
      ["--steps", "9223372036854775807"],
      "--steps: cannot be 9223372036854775807; give at most 4294967296"
    ),
    (["--config", "missing.json"], "missing.json"),
    (["--resume"], "no complete checkpoint"),
    (["--spike-factor", "1"], "choose a number above 1"),
  ])
  func impossibleRequestsFail(_ options: [String], _ message: String) throws {
    let result = try pretrain(options)
    #expect(result.exitCode == 1)
    let lines = result.errors.split(separator: "\n").filter { $0.hasPrefix("worker: ") }
    #expect(lines.count == 1, "\(result.errors)")
    #expect(lines.first?.contains(message) == true, "\(result.errors)")
  }

  @Test(arguments: [
    (["--lerning-rate", "1"], "the nearest is --learning-rate"),
    (["--steps", "many"], "--steps"),
    (["--steps", "0"], "--steps"),
    (["--maximum-skipped", "0"], "--maximum-skipped"),
    (["--preset", "huge"], "--preset"),
    (["--config", "unknown.json"], "depth"),
    (
      ["--tokenizer", "t", "--vocabulary-size", "300"],
      "--vocabulary-size does not go with --tokenizer"
    ),
    (["--resume", "--width", "5"], "--width does not go with --resume"),
    (["--resume", "--seed", "2", "--width", "5"], "--width, --seed do not go with --resume"),
    (["--skip-steps", "8-3"], "give steps such as 810-830 or 5,9-12"),
  ])
  func wrongUsageIsExitCodeTwo(_ options: [String], _ message: String) throws {
    let result = try pretrain(options)
    #expect(result.exitCode == 2)
    #expect(result.errors.hasPrefix("worker: ") && result.errors.contains(message))
    #expect(result.errors.split(separator: "\n").count == 1, "\(result.errors)")
  }

  /// What is no text is refused wherever a corpus is read, and a pipe is not waited for.
  @Test(arguments: [
    ("pipe", "it is no regular file"), ("text.gz", "it is compressed by gzip"),
  ])
  func whatIsNoTextIsNoCorpus(_ corpus: String, _ message: String) throws {
    let shell = try runProcess(
      "/bin/sh", ["-c", "mkfifo pipe && gzip -c short.txt > text.gz"], in: folder.path)
    try #require(shell.exitCode == 0, "\(shell.errors)")
    for arguments in [
      ["pretrain", "--corpus", corpus, "--run", "run"],
      ["train-tokenizer", "--corpus", corpus, "--output", "tokenizer"],
    ] {
      let result = try runProcess(BuiltProduct.path("worker"), arguments, in: folder.path)
      #expect(result.exitCode == 1)
      #expect(result.errors.hasPrefix("worker: "), "\(result.errors)")
      #expect(result.errors.contains("\(corpus): \(message); "), "\(result.errors)")
    }
    #expect(try folder.names().filter { ["run", "tokenizer"].contains($0) } == [])
  }

  private static let small = [
    "--corpus", "stories.txt", "--width", "8", "--layers", "1", "--heads", "2", "--hidden", "8",
    "--context", "8", "--batch", "2", "--grain", "1", "--vocabulary-size", "300", "--steps", "2",
  ]

  private func writeStories() throws {
    let result = try runProcess(
      BuiltProduct.path("worker"), ["stories", "--count", "20", "--output", "stories.txt"],
      in: folder.path)
    try #require(result.exitCode == 0, "\(result.errors)")
  }

  @Test func aFolderThatHoldsARunIsNotTouched() throws {
    try writeStories()
    #expect(try pretrain(Self.small).exitCode == 0)
    let again = try pretrain(Self.small)
    #expect(again.exitCode == 1)
    #expect(again.errors.contains("--resume"))
  }

  @Test func invalidUTF8IsCountedAndKept() throws {
    try writeStories()
    let text = try folder.read("stories.txt")
    try folder.write(text + [0xFF, 0x41, 0xC3], to: "stories.txt")
    let result = try pretrain(Self.small)
    #expect(result.exitCode == 0, "\(result.errors)")
    #expect(result.errors.contains("2 bytes are not UTF-8"), "\(result.errors)")
  }

  @Test func anUnwritableFolderIsNamed() throws {
    let result = try runProcess(
      BuiltProduct.path("worker"), ["pretrain", "--run", "/proc/run"], in: folder.path)
    #expect(result.exitCode == 1)
    #expect(result.errors.contains("/proc/run"), "\(result.errors)")
  }

  /// Every write to this device fails as on a full disk.
  @Test func aFullDiskIsOneLine() throws {
    let result = try runProcess(
      BuiltProduct.path("worker"), ["stories", "--count", "20", "--output", "/dev/full"])
    #expect(result.exitCode == 1)
    #expect(result.errors.split(separator: "\n").count == 1)
    #expect(result.errors.contains("no space left"), "\(result.errors)")
  }

  /// With no option at all, in any folder: the next free run, on the built-in stories.
  @Test func theNextFreeRunIsChosen() throws {
    let worker = try BuiltProduct.path("worker")
    let options = [
      "--width", "8", "--layers", "1", "--heads", "2", "--hidden", "8", "--context", "8",
      "--batch", "1", "--grain", "1", "--vocabulary-size", "260", "--steps", "1",
    ]
    for name in ["runs/001", "runs/002"] {
      let result = try runProcess(worker, ["pretrain"] + options, in: folder.path)
      #expect(result.exitCode == 0, "\(result.errors)")
      #expect(result.output == "run: \(name)\n")
    }
  }

  /// What was in force stands in the checkpoint, so that a resumed run has it too.
  @Test(arguments: [([], 2), (["--warmup-steps", "100"], 100), (["--warmup-steps", "0"], 0)])
  func aWarmupThatNobodyAskedForIsATenthOfTheSteps(_ options: [String], _ expected: Int) throws {
    try writeStories()
    let result = try pretrain(
      Self.small.dropLast(2) + ["--steps", "20", "--stop-after", "1"] + options)
    #expect(result.exitCode == 0, "\(result.errors)")
    #expect(result.errors.contains("never falls") == (expected == 100), "\(result.errors)")
    let state = try folder.read("run/checkpoints/step-00000001/training.json")
    let text = String(decoding: state, as: UTF8.self)
    #expect(text.contains("\"warmupSteps\" : \(expected),"), "\(text)")
    #expect(text.contains("\"\(folder.path)/stories.txt\""), "\(text)")
  }
}
