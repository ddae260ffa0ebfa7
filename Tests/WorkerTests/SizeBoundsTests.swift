import Foundation
import TestSupport
import Testing

/// Sizes that nobody has memory for are one line that names the setting and the bound, at once.
@Suite struct SizeBoundsTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    try folder.write(
      String(repeating: "Once upon a time there was a cat. ", count: 50), to: "c.txt")
  }

  private func expectOneLine(_ result: ProcessResult, _ message: String, exitCode: Int32 = 1) {
    #expect(result.exitCode == exitCode, "\(result.errors)")
    let lines = result.errors.split(separator: "\n")
    #expect(lines.count == 1 && lines[0].hasPrefix("worker: "), "\(result.errors)")
    #expect(result.errors.contains(message), "\(result.errors)")
  }

  private static let sizes = [
    ("width", 65536), ("hidden", 262_144), ("layers", 4096), ("heads", 16384),
    ("context", 16_777_216), ("vocabulary-size", 2_097_152), ("batch", 1_048_576),
  ]

  @Test(arguments: sizes, [1 << 31, 4_000_000_000, 1 << 53, 1 << 62, Int.max - 7])
  func settings(_ bound: (name: String, largest: Int), _ value: Int) throws {
    for command in ["estimate", "pretrain"] {
      let result = try runProcess(
        BuiltProduct.path("worker"),
        [command, "--\(bound.name)", "\(value)"]
          + (command == "pretrain" ? ["--corpus", "c.txt", "--run", "r"] : []), in: folder.path)
      expectOneLine(result, "--\(bound.name): cannot be \(value); give at most \(bound.largest)")
    }
    #expect(!FileManager.default.fileExists(atPath: folder.file("r")))
  }

  @Test func grainsAndRanks() throws {
    let worker = try BuiltProduct.path("worker")
    for (options, message, exitCode) in [
      (
        ["--batch", "1048576", "--grain", "1048576"], "--micro-batch: cannot be 1048576; with",
        Int32(1)
      ),
      (["--ranks", "9223372036854775807"], "give at most 65536", 2),
      (
        [
          "--width", "65536", "--heads", "1024", "--hidden", "262144", "--layers", "12",
          "--context", "16777216", "--batch", "1", "--grain", "1", "--ranks", "65536",
        ], "more than can be counted", 2
      ),
      (
        ["--width", "65536", "--heads", "1024", "--hidden", "262144", "--layers", "4096"],
        "1099511627776 parameters", 1
      ),
    ] {
      expectOneLine(
        try runProcess(worker, ["estimate"] + options, in: folder.path), message,
        exitCode: exitCode)
    }
    #expect(
      try runProcess(
        worker, ["estimate", "--batch", "1048576", "--grain", "1", "--ranks", "65536"]
      )
      .exitCode == 0)
  }

  /// Within the bounds, and beyond any machine.
  @Test func whatTheMachineDoesNotHave() throws {
    let result = try runProcess(
      BuiltProduct.path("worker"),
      [
        "pretrain", "--corpus", "c.txt", "--run", "r", "--width", "65536", "--hidden", "262144",
        "--heads", "512", "--layers", "10",
      ], in: folder.path)
    expectOneLine(result, "pretrain: a rank of such a training takes ")
    #expect(!FileManager.default.fileExists(atPath: folder.file("r")))
  }

  /// As on a cluster: from far too little to nearly enough for `base`.
  @Test(.measuresMemory, arguments: [300_000, 500_000, 650_000])
  func limitsOfTheProcess(kilobytes: Int) throws {
    let worker = try BuiltProduct.path("worker")
    let result = try runProcess(
      "/bin/sh",
      [
        "-c", "ulimit -v \(kilobytes); exec \"$0\" \"$@\"", worker, "pretrain", "--corpus", "c.txt",
        "--run", "r", "--preset", "base", "--steps", "1",
      ], in: folder.path)
    expectOneLine(result, "ulimit -v leaves about")
  }

  @Test func configurationsOfModels() throws {
    let worker = try BuiltProduct.path("worker")
    let trained = try runProcess(
      worker,
      [
        "pretrain", "--corpus", "c.txt", "--run", "r", "--width", "8", "--layers", "1", "--heads",
        "2", "--hidden", "8", "--context", "8", "--batch", "1", "--grain", "1", "--steps", "1",
        "--vocabulary-size", "260",
      ], in: folder.path)
    try #require(trained.exitCode == 0, "\(trained.errors)")
    let checkpoint = "r/checkpoints/step-00000001"
    try FileManager.default.copyItem(atPath: folder.file(checkpoint), toPath: folder.file("m"))
    // As from elsewhere: what was written here is known by its manifest, whatever was changed in it.
    try FileManager.default.removeItem(atPath: folder.file("m/manifest.json"))
    let whole = try #require(
      try JSONSerialization.jsonObject(with: Data(folder.read(checkpoint + "/config.json")))
        as? [String: Any])
    for (key, value, message) in [
      ("intermediate_size", 2_147_483_647, "give at most 262144"),
      ("intermediate_size", Int.max, "give at most 262144"),
      ("intermediate_size", 200_000, "gate_proj"),
      ("num_hidden_layers", 1_000_000_000, "give at most 4096"),
      ("vocab_size", 1 << 40, "give at most 2097152"),
      ("max_position_embeddings", 1_000_000_000, "give at most 16777216"),
      ("rms_norm_eps", -1, "number from 0 up"),
    ] as [(String, Int, String)] {
      var changed = whole
      changed[key] = value
      try folder.write(
        [UInt8](JSONSerialization.data(withJSONObject: changed)), to: "m/config.json")
      for command in [["evaluate", "--corpus", "c.txt"], ["generate", "--prompt", "Once"]] {
        let result = try runProcess(
          worker, [command[0], "--model", "m"] + command.dropFirst(), in: folder.path)
        expectOneLine(result, message)
      }
    }
  }
}
