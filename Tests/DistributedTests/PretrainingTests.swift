import Foundation
import ParableFormats
import ParableLaunchEnvironment
import ParablePlatform
import TestSupport
import Testing

/// Whole trainings by the built program, alone and under mpirun.
@Suite(.serialized) struct PretrainingTests {
  private let folder: TemporaryFolder
  private let corpus: String

  init() throws {
    folder = try TemporaryFolder()
    corpus = folder.file("stories.txt")
    let result = try runProcess(
      BuiltProduct.path("worker"), ["stories", "--count", "150", "--output", corpus])
    try #require(result.exitCode == 0, "\(result.errors)")
  }

  /// A network small enough to be trained in a second, with micro-batches that no rank count divides.
  private static let sizes = [
    "--width", "16", "--layers", "2", "--heads", "2", "--hidden", "24", "--context", "24",
    "--batch", "14", "--grain", "2", "--vocabulary-size", "400", "--warmup-steps", "5",
  ]

  @discardableResult
  private func pretrain(
    ranks: Int = 1, run: String, _ options: [String], isSized: Bool = true, exitCode: Int32 = 0
  ) throws -> ProcessResult {
    let arguments =
      ["pretrain", "--run", folder.file(run)]
      + (isSized ? ["--corpus", corpus] + Self.sizes : []) + options
    let worker = try BuiltProduct.path("worker")
    let result =
      ranks == 1
      ? try runProcess(worker, arguments)
      : try runUnderMPI(ranks: ranks, worker, arguments)
    try #require(result.exitCode == exitCode, "\(ranks) ranks: \(result.errors)")
    return result
  }

  /// The digests of what must not depend on ranks, transport or interruptions.
  private func state(_ run: String, step: Int) throws -> [String] {
    let digits = String(step)
    let name = "step-" + String(repeating: "0", count: 8 - digits.count) + digits
    return try ["model", "optimizer"].map {
      try SHA256.hexDigest(ofFile: folder.file("\(run)/checkpoints/\(name)/\($0).safetensors"))
    }
  }

  private func prepared(_ run: String) throws -> [String] {
    try [
      "tokenizer/vocab.json", "tokenizer/merges.txt", "tokenizer/tokenizer.json",
      "tokens/training.u16",
    ]
    .map { try SHA256.hexDigest(ofFile: folder.file("\(run)/\($0)")) }
  }

  /// Invariant 1: the result does not depend on the number of ranks, nor on how gradients travel.
  @Test func anyNumberOfRanksAndBothTransportsGiveTheSameFiles() throws {
    try pretrain(run: "alone", ["--steps", "40"])
    let expected = try state("alone", step: 40)
    let files = try prepared("alone")
    for ranks in [2, 3, 4, 8] {
      for transport in ["window", "messages"] {
        let run = "\(ranks)-\(transport)"
        try pretrain(ranks: ranks, run: run, ["--steps", "40", "--collective", transport])
        #expect(try state(run, step: 40) == expected, "\(run)")
        #expect(try prepared(run) == files, "\(run)")
      }
    }
    // The comparison means something: another seed gives another network.
    try pretrain(run: "other", ["--steps", "40", "--seed", "2"])
    #expect(try state("other", step: 40) != expected)
    #expect(try prepared("other") == files)
  }

  /// Invariant 2: resuming is exact, also on another number of ranks.
  @Test func stoppingOnTwoRanksAndResumingOnThreeChangesNothing() throws {
    try pretrain(run: "whole", ["--steps", "40"])
    try pretrain(ranks: 2, run: "parts", ["--steps", "40", "--stop-after", "20"])
    let early = try metrics("parts")
    try pretrain(ranks: 3, run: "parts", ["--resume"], isSized: false)
    #expect(try state("parts", step: 40) == state("whole", step: 40))
    #expect(try state("parts", step: 20).count == 2)
    let lines = try metrics("parts")
    #expect(Array(lines.prefix(20)) == early)
    #expect(lines.map(\.step) == Array(1...40))
    #expect(lines.map(\.loss) == (try metrics("whole")).map(\.loss))
  }

  /// A process that is killed loses the steps since its last checkpoint and nothing else.
  @Test func aKilledJobResumesFromItsLastCheckpoint() throws {
    // It has more steps before it than it will ever make, so that the kill comes before the end.
    let script = """
      "$0" pretrain --run "$1" --corpus "$2" \(Self.sizes.joined(separator: " ")) \
        --steps 1000000 --save-every 10 > output 2>&1 &
      until [ -e "$1/checkpoints/step-00000020" ]; do
        kill -0 $! || exit 1
        sleep 0.01
      done
      kill -9 $!
      wait $!
      """
    let worker = try BuiltProduct.path("worker")
    let result = try runProcess(
      "bash", ["-c", script, worker, folder.file("killed"), corpus], in: folder.path)
    try #require(result.exitCode == 137, "\(result.errors)")
    let name = try String(contentsOfFile: folder.file("killed/latest"), encoding: .utf8)
      .trimmingCharacters(in: .whitespacesAndNewlines)
    let end = try #require(Int(name.dropFirst("step-".count))) + 15
    let steps = ["--steps", "1000000", "--save-every", "10", "--stop-after", "\(end)"]
    try pretrain(run: "whole", steps)
    try pretrain(
      ranks: 2, run: "killed", ["--resume", "--stop-after", "\(end)"], isSized: false)
    #expect(try state("killed", step: end) == state("whole", step: end))
    #expect(try metrics("killed").map(\.step) == Array(1...end))
  }

  /// The second of two starts is told who holds the run, and what it has done is not harmed.
  @Test func aRunHasOneWriter() throws {
    try pretrain(run: "alone", ["--steps", "60", "--save-every", "10"])
    let script = """
      for job in 1 2; do
        ("$0" pretrain --run r --corpus "$1" \(Self.sizes.joined(separator: " ")) \
          --steps 60 --save-every 10 2>&1; echo "ended with $?") > output$job &
      done
      wait
      cat output1 output2
      """
    let worker = try BuiltProduct.path("worker")
    let result = try runProcess("bash", ["-c", script, worker, corpus], in: folder.path)
    #expect(result.output.contains("worker: r: in use by process "), "\(result.output)")
    #expect(result.output.contains("ended with 0"), "\(result.output)")
    #expect(result.output.contains("ended with 1"), "\(result.output)")
    #expect(try state("r", step: 60) == state("alone", step: 60))
    #expect(try metrics("r").map(\.step) == Array(1...60))
    #expect(!FileManager.default.fileExists(atPath: folder.file("r/lock")))
  }

  /// Jobs that start at the same moment without a name get folders of their own.
  @Test func startsWithoutANameShareNoFolder() throws {
    let script = """
      for job in 1 2; do
        ("$0" pretrain --corpus "$1" \(Self.sizes.joined(separator: " ")) --steps 2 \
          > output$job 2>&1; echo "ended with $?" >> output$job) &
      done
      wait
      cat output1 output2
      """
    let worker = try BuiltProduct.path("worker")
    let result = try runProcess("bash", ["-c", script, worker, corpus], in: folder.path)
    for words in ["run: runs/001\n", "run: runs/002\n"] {
      #expect(result.output.contains(words), "\(result.output)")
    }
    #expect(result.output.components(separatedBy: "ended with 0").count == 3, "\(result.output)")
    #expect(try state("runs/001", step: 2) == state("runs/002", step: 2))
  }

  /// A start that fails before it trains leaves no empty folder behind.
  @Test func aFailedStartLeavesNoFolder() throws {
    let worker = try BuiltProduct.path("worker")
    for arguments in [
      ["pretrain", "--run", "new/run", "--corpus", "missing.txt"],
      ["pretrain", "--corpus", "missing.txt"],
      ["pretrain", "--run", "new/run", "--resume"],
      ["finetune", "--output", "new/tuned", "--model", "none", "--train", "a", "--dev", "b"],
      ["train-tokenizer", "--output", "new/tokenizer", "--corpus", "missing.txt"],
    ] {
      let result = try runProcess(worker, arguments, in: folder.path)
      #expect(result.exitCode == 1, "\(result.errors)")
      #expect(
        try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["stories.txt"],
        "\(arguments)")
    }
  }

  /// A damaged checkpoint is passed over, and it is said which one is taken.
  @Test func theNewestCompleteCheckpointIsTaken() throws {
    try pretrain(run: "run", ["--steps", "30", "--save-every", "10"])
    let expected = try state("run", step: 30)
    let damaged = folder.file("run/checkpoints/step-00000030/model.safetensors")
    var bytes = try [UInt8](Data(contentsOf: URL(fileURLWithPath: damaged)))
    bytes[bytes.count - 1] ^= 1
    try Data(bytes).write(to: URL(fileURLWithPath: damaged))
    try FileManager.default.removeItem(
      atPath: folder.file("run/checkpoints/step-00000020/training.json"))
    let result = try pretrain(run: "run", ["--resume"], isSized: false)
    #expect(result.errors.contains("step-00000030 is not complete"), "\(result.errors)")
    #expect(result.errors.contains("step-00000020 is not complete"), "\(result.errors)")
    #expect(result.errors.contains("resuming from step-00000010"), "\(result.errors)")
    #expect(try state("run", step: 30) == expected)
  }

  @Test func aMissingCheckpointThatLatestNamesIsSaid() throws {
    try pretrain(run: "run", ["--steps", "20", "--save-every", "10"])
    try FileManager.default.removeItem(atPath: folder.file("run/checkpoints/step-00000020"))
    let result = try pretrain(run: "run", ["--resume"], isSized: false)
    #expect(result.errors.contains("step-00000020, which is missing"), "\(result.errors)")
    #expect(try metrics("run").map(\.step) == Array(1...20))
  }

  @Test func aChangedCorpusIsNoticedAndAMissingOneIsNotNeeded() throws {
    try pretrain(run: "run", ["--steps", "20", "--stop-after", "10"])
    let text = try String(contentsOfFile: corpus, encoding: .utf8)
    try folder.write(text + "One more.", to: "stories.txt")
    let result = try pretrain(run: "run", ["--resume"], isSized: false, exitCode: 1)
    #expect(result.errors.contains("not as it was at the checkpoint: \(corpus);"))
    let allowed = try pretrain(
      ranks: 2, run: "run", ["--resume", "--allow-changes", "--stop-after", "11"], isSized: false)
    #expect(allowed.errors.contains("going on although it is not as it was: \(corpus)"))
    try FileManager.default.removeItem(atPath: corpus)
    let resumed = try pretrain(ranks: 2, run: "run", ["--resume"], isSized: false)
    #expect(resumed.errors.contains("it is gone"), "\(resumed.errors)")
    #expect(try metrics("run").count == 20)
  }

  /// Other instructions may give other bits: that is said, and asked for.
  @Test func otherInstructionsOnResumeAreNoticed() throws {
    try pretrain(run: "run", ["--steps", "4", "--stop-after", "2"])
    func resume(_ options: [String] = []) throws -> ProcessResult {
      try runProcess(
        BuiltProduct.path("worker"),
        ["pretrain", "--run", folder.file("run"), "--resume"] + options,
        environment: ["PARABLE_INSTRUCTIONS": "baseline"])
    }
    let refused = try resume()
    #expect(refused.exitCode == 1 && refused.errors.contains("instructions (baseline, "))
    let allowed = try resume(["--allow-changes"])
    #expect(allowed.exitCode == 0 && allowed.errors.contains("instructions (baseline, "))
  }

  @Test func moreRanksThanMicroBatchesIdleAndSaySo() throws {
    let result = try pretrain(ranks: 8, run: "run", ["--steps", "2"])
    #expect(
      result.errors.contains("7 per step, 7 of 8 ranks busy, 1 stay idle"), "\(result.errors)")
  }

  @Test func onlyTheNewestCheckpointsAreKeptWhereThatIsAskedFor() throws {
    try pretrain(run: "run", ["--steps", "25", "--save-every", "5", "--keep", "2"])
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.file("run/checkpoints"))
    #expect(names.sorted() == ["step-00000020", "step-00000025"])
  }

  @Test func ranksWithOtherInstructionsAreNamed() throws {
    let script = """
      if [ "${OMPI_COMM_WORLD_RANK-$PMI_RANK}" = 1 ]; then export PARABLE_INSTRUCTIONS=baseline; fi
      exec "$0" pretrain --run "$1" --corpus "$2" --steps 2 \(Self.sizes.joined(separator: " "))
      """
    let worker = try BuiltProduct.path("worker")
    let result = try runUnderMPI(
      ranks: 2, "bash", ["-c", script, worker, folder.file("run"), corpus])
    #expect(result.exitCode != 0)
    #expect(result.errors.contains("instructions: baseline"), "\(result.errors)")
  }

  /// Invariant 4: numbers that are none end all ranks and reach no checkpoint.
  @Test func aDivergingTrainingEndsAndKeepsFiniteCheckpoints() throws {
    let result = try pretrain(
      ranks: 2, run: "run",
      ["--steps", "20", "--save-every", "1", "--learning-rate", "1e37"],
      exitCode: 1)
    #expect(result.errors.contains("is not a finite number"), "\(result.errors)")
    let checkpoints = folder.file("run/checkpoints")
    for name in try FileManager.default.contentsOfDirectory(atPath: checkpoints) {
      let file = try SafetensorsFile(path: "\(checkpoints)/\(name)/model.safetensors")
      for tensor in file.tensors {
        #expect(try file.floats(tensor.name).allSatisfy(\.isFinite), "\(name) \(tensor.name)")
      }
    }
  }

  /// An error on one rank only ends all of them, in one line that names the rank.
  @Test func anErrorOnOneRankEndsTheJob() throws {
    try pretrain(run: "run", ["--steps", "20", "--stop-after", "10"])
    // The second rank alone sees another folder, in which there is no run.
    let worker = try BuiltProduct.path("worker")
    let script = """
      run="$1"; if [ "${OMPI_COMM_WORLD_RANK-$PMI_RANK}" = 1 ]; then run="$1/missing"; fi
      cd "$run" && exec "$0" evaluate --model "$1" --corpus stories.txt
      """
    try FileManager.default.copyItem(atPath: corpus, toPath: folder.file("run/stories.txt"))
    try FileManager.default.createDirectory(
      atPath: folder.file("run/missing"), withIntermediateDirectories: true)
    let result = try runUnderMPI(
      ranks: 3, "bash", ["-c", script, worker, folder.file("run")],
      options: MPILibrary.linked == .openMPI ? ["--quiet"] : [])
    #expect(result.exitCode != 0)
    let lines = result.errors.split(separator: "\n").filter { $0.hasPrefix("worker:") }
    #expect(lines.count == 1, "\(result.errors)")
    #expect(lines.first?.hasPrefix("worker: rank 1: ") == true, "\(result.errors)")
  }

  private struct Line: Decodable, Equatable {
    var step: Int
    var loss: Double
  }

  /// The lines of steps.
  private func metrics(_ run: String) throws -> [Line] {
    try String(contentsOfFile: folder.file("\(run)/metrics.jsonl"), encoding: .utf8)
      .split(separator: "\n").filter {
        !$0.hasPrefix("{\"environment\"") && !$0.hasPrefix("{\"end\"")
      }
      .map { try JSONDecoder().decode(Line.self, from: Data($0.utf8)) }
  }
}
