import CParableInstructions
import Foundation
import TestSupport
import Testing

/// `--bits portable`: the same weights on every processor with AVX2, those of a file in this repository.
///
/// A change that moves them changes what is computed. `PARABLE_WRITE_CURVE=1` writes the file anew, which belongs
/// into a commit that says why.
@Suite struct PortableBitsTests {
  private static let list = SharedFixtures.packageRoot
    .appendingPathComponent("Tests/Curves/portable-bits.txt")

  private static let obstacle: Comment? =
    parable_supported_instruction_set().rawValue < PARABLE_AVX2.rawValue
    ? "the processor lacks AVX2 with fused multiply-adds" : nil

  /// How many of the trainings are made: loops of debug builds are slow, and bits the same.
  private static let count: Int = {
    #if DEBUG
    3
    #else
    6
    #endif
  }()

  /// Prints a line for each training: its name and the SHA-256 of its weights.
  private static let script = """
    set -e
    train() {
      name=$1
      "$0" pretrain --run $name --corpus c.txt --bits portable --steps 60 --quiet "${@:2}" > said
      echo $name $(sha256sum < $name/checkpoints/step-00000060/model.safetensors | cut -d ' ' -f 1)
    }
    small="--width 64 --heads 2 --hidden 96 --layers 2 --batch 4 --micro-batch 2 --vocabulary-size 600"
    "$0" stories --count 60 --seed 8 --output c.txt --questions q.json > said
    train fp32 $small --context 33
    train bf16 $small --context 33 --precision bf16
    train muon $small --context 33 --optimizer muon
    [ $COUNT != 3 ] || exit 0
    train base $small --context 128
    "$0" finetune --model base --train q.json --dev q.json --epochs 1 --epoch-questions 24 --batch 8 --micro-batch 2 \\
      --bits portable --output tuned --quiet > said
    echo tuned $(sha256sum < tuned/model.safetensors | cut -d ' ' -f 1)
    train tiny --preset tiny --batch 4
    """

  /// The instruction sets that `PARABLE_INSTRUCTIONS` limits the loops to, and that oneDNN knows by other names;
  /// on a lesser processor the higher ones are the same as its own.
  @Test(
    .enabled(if: obstacle == nil, obstacle),
    arguments: [("avx2", "AVX2"), ("avx512", "AVX512_CORE"), ("avx512bf16", "DEFAULT")])
  func areThoseOfTheList(_ loops: String, _ products: String) throws {
    let folder = try TemporaryFolder()
    let result = try runProcess(
      "bash", ["-c", Self.script, try BuiltProduct.path("worker")],
      environment: [
        "PARABLE_INSTRUCTIONS": loops, "DNNL_MAX_CPU_ISA": products,
        "COUNT": "\(Self.count)",
      ], in: folder.path, timeout: 600)
    try #require(result.exitCode == 0, "\(result.errors)")
    if ProcessInfo.processInfo.environment["PARABLE_WRITE_CURVE"] == "1", products == "DEFAULT" {
      try result.output.write(to: Self.list, atomically: true, encoding: .utf8)
    }
    let expected = try String(contentsOf: Self.list, encoding: .utf8).split(separator: "\n")
    #expect(expected.count == 6)
    #expect(result.output.split(separator: "\n") == Array(expected.prefix(Self.count)))
  }

  /// What decides bits is not what the processor is called, so that a run goes on elsewhere.
  @Test(.enabled(if: obstacle == nil, obstacle)) func aRunGoesOnWithOtherInstructions() throws {
    let folder = try TemporaryFolder.withStories()
    let worker = try BuiltProduct.path("worker")
    func train(_ instructions: String, _ words: [String]) throws -> ProcessResult {
      try runProcess(
        worker, ["pretrain"] + words, environment: ["PARABLE_INSTRUCTIONS": instructions],
        in: folder.path)
    }
    let sizes =
      ["--corpus", "c.txt", "--steps", "20", "--bits", "portable"] + FailingDiskTests.sizes
      + FailingDiskTests.narrow
    for result in [
      try train("avx512bf16", ["--run", "whole"] + sizes),
      try train("avx512bf16", ["--run", "run", "--stop-after", "9"] + sizes),
      try train("avx2", ["--run", "run", "--resume"]),
    ] { #expect(result.exitCode == 0, "\(result.errors)") }
    let step = "checkpoints/step-00000020/model.safetensors"
    #expect(try folder.read("run/\(step)") == folder.read("whole/\(step)"))
    let refused = try train("baseline", ["--run", "none"] + sizes)
    #expect(refused.exitCode == 1)
    #expect(
      refused.errors
        == "worker: --bits: cannot be portable; use a processor with AVX2 and fused multiply-adds, or --bits fast\n"
    )
  }
}
