import Foundation
import ParableFormats
import ParablePlatform
import ParableTokenization
import ParableTraining
import TestSupport
import Testing

/// One bit of a file, flipped while `body` runs.
@discardableResult
private func withFlippedBit<Value>(
  _ bit: Int, of path: String, _ body: () throws -> Value
) throws -> Value {
  func flip() throws {
    let descriptor = open(path, O_RDWR)
    defer { close(descriptor) }
    var byte: UInt8 = 0
    try #require(pread(descriptor, &byte, 1, bit / 8) == 1)
    byte ^= 1 << UInt8(bit % 8)
    try #require(pwrite(descriptor, &byte, 1, bit / 8) == 1)
  }
  try flip()
  let result = Result { try body() }
  try flip()
  return try result.get()
}

/// Whatever of a checkpoint changes is found, and named with file and tensor.
@Suite struct IntegrityTests {
  private let training: SmallRun
  private let checkpoint: String

  init() throws {
    training = try SmallRun()
    training.settings.steps = 2
    training.settings.training.saveEvery = 1
    try training.train()
    checkpoint = training.checkpoint(2)
  }

  /// All but the card, which whoever passes the model on may change.
  private func names() throws -> [String] {
    let names = try FileManager.default.contentsOfDirectory(atPath: checkpoint).sorted()
    try #require(names.contains("README.md"))
    return names.filter { $0 != "README.md" }
  }

  private func bitCount(_ name: String) throws -> Int {
    8 * (try contents(ofFile: checkpoint + "/" + name).count)
  }

  @Test func nothingIsWrongWithWhatWasWritten() throws {
    #expect(FolderCheck(checkpoint).all().allSatisfy { $0.fault == nil })
    let checked = FolderCheck(checkpoint).all().map(\.file).sorted()
    #expect(try checked == names())
    #expect(checked.contains("SHA256SUMS") && checked.count == 11)
  }

  @Test func everyFlippedBitOfASmallFileIsFound() throws {
    let check = FolderCheck(checkpoint)
    for name in try #require(check.names) where !name.hasSuffix(".safetensors") {
      for bit in stride(from: 0, to: try bitCount(name), by: Sanitizer.share) {
        let fault = try withFlippedBit(bit, of: checkpoint + "/" + name) { check.fault(of: name) }
        guard fault != "\(name) is not what was written" else { continue }
        Issue.record("bit \(bit) of \(name): \(fault ?? "nothing")")
        return
      }
      #expect(check.fault(of: name) == nil)
    }
  }

  @Test func everyFlippedBitOfTheManifestIsFound() throws {
    for bit in stride(from: 0, to: try bitCount("manifest.json"), by: Sanitizer.share) {
      let check = try withFlippedBit(bit, of: checkpoint + "/manifest.json") {
        FolderCheck(checkpoint)
      }
      guard check.names != nil, check.faultOfManifest == nil || check.faultOfList != nil else {
        continue
      }
      Issue.record("bit \(bit): \(check.faultOfManifest ?? "nothing")")
      return
    }
  }

  @Test func everyFlippedBitOfTheListOfDigestsIsFound() throws {
    for bit in stride(from: 0, to: try bitCount("SHA256SUMS"), by: Sanitizer.share) {
      let check = try withFlippedBit(bit, of: checkpoint + "/SHA256SUMS") {
        FolderCheck(checkpoint)
      }
      guard check.faultOfList == nil || check.faultOfManifest != nil else { continue }
      Issue.record("bit \(bit): \(check.faultOfManifest ?? "nothing")")
      return
    }
  }

  /// The tensor is found out here by the offsets of its header.
  @Test(arguments: ["model.safetensors", "optimizer.safetensors"])
  func drawnBitsOfTensorsAreFoundWithTheirTensor(_ name: String) throws {
    let path = checkpoint + "/" + name
    let tensors = try SafetensorsFile(path: path).tensors
    let count = try bitCount(name)
    let seed = UInt64.random(in: 0..<1 << 32)
    print("IntegrityTests draws bits of \(name) with seed \(seed)")
    var random = SplitMix64(seed: seed)
    let check = FolderCheck(checkpoint)
    // The header is drawn from as well: it has few of the bits, but says what all others mean.
    let header = 8 * (tensors.first?.byteRange.lowerBound ?? 0)
    let draws = 2_000 / Sanitizer.share
    for draw in 0..<draws {
      let bit = Int(random.next() % UInt64(draw < draws / 10 ? header : count))
      let fault = try withFlippedBit(bit, of: path) { check.fault(of: name) }
      let tensor = tensors.first { $0.byteRange.contains(bit / 8) }
      let part = tensor.map { "in tensor \($0.name)" } ?? "in its header"
      guard fault != "\(name) is not what was written \(part)" else { continue }
      Issue.record("bit \(bit), seed \(seed): \(fault ?? "nothing")")
      return
    }
  }

  @Test func aShorterOrLongerFileIsFound() throws {
    let check = FolderCheck(checkpoint)
    let path = checkpoint + "/model.safetensors"
    let bytes = try contents(ofFile: path)
    for changed in [bytes + [0], Array(bytes.dropLast())] {
      try Data(changed).write(to: URL(fileURLWithPath: path))
      #expect(
        check.fault(of: "model.safetensors")
          == "model.safetensors is not what was written in its length")
    }
    try Data().write(to: URL(fileURLWithPath: path))
    #expect(check.fault(of: "model.safetensors")?.hasSuffix("in its header") == true)
  }

  /// Digests of tensors and the list of digests are new: what has neither is verified all the same.
  @Test func aManifestOfTheVersionBeforeIsUnderstood() throws {
    let url = URL(fileURLWithPath: checkpoint + "/manifest.json")
    var members =
      try JSONSerialization.jsonObject(with: Data(contentsOf: url)) as? [String: Any] ?? [:]
    #expect(members.removeValue(forKey: "tensors") != nil && members.count == 1)
    try JSONSerialization.data(withJSONObject: members).write(to: url)
    try FileManager.default.removeItem(atPath: checkpoint + "/SHA256SUMS")
    #expect(FolderCheck(checkpoint).all().allSatisfy { $0.fault == nil })
    let fault = try withFlippedBit(9_999, of: checkpoint + "/model.safetensors") {
      FolderCheck(checkpoint).fault(of: "model.safetensors")
    }
    #expect(fault == "model.safetensors is not what was written")
  }

  @Test func theSystemsOwnProgramSaysTheSame() throws {
    func check() throws -> ProcessResult {
      try runProcess("sha256sum", ["--strict", "-c", "SHA256SUMS"], in: checkpoint)
    }
    let whole = try check()
    #expect(whole.exitCode == 0 && whole.errors == "")
    let lines = whole.output.split(separator: "\n").map(String.init)
    #expect(try lines == names().filter { $0 != "SHA256SUMS" }.map { "\($0): OK" })
    for name in try names() where name != "SHA256SUMS" {
      let found = try withFlippedBit(77, of: checkpoint + "/" + name) { try check() }
      #expect(found.exitCode == 1)
      #expect(found.output.contains("\(name): FAILED\n"))
    }
  }

  /// Names with a line break or a backslash are escaped in the list as sha256sum escapes them.
  @Test func strangeNamesAreListedAsTheSystemsProgramDoes() throws {
    let folder = try TemporaryFolder()
    for name in ["a b", "a\nb", "c\\d", "e\rf", "ü"] { try folder.write(name, to: name) }
    try Manifest.write(in: folder.path)
    let found = try runProcess("sha256sum", ["--strict", "-c", "SHA256SUMS"], in: folder.path)
    #expect(found.exitCode == 0, "\(found.output) \(found.errors)")
    #expect(FolderCheck(folder.path).all().allSatisfy { $0.fault == nil })
  }

  @Test func readersRefuseWhatIsDamaged() throws {
    let weights = checkpoint + "/model.safetensors"
    try withFlippedBit(8 * 4_000, of: weights) {
      let failure = #expect(throws: TrainingError.self) { try ModelDirectory(path: checkpoint) }
      #expect(failure?.description.contains("is not what was written in tensor ") == true)
    }
    try withFlippedBit(8 * 400, of: checkpoint + "/tokenizer.json") {
      #expect(throws: TrainingError.self) { try Vocabulary.load(verifying: checkpoint) }
    }
    try withFlippedBit(8 * 400, of: checkpoint + "/manifest.json") {
      #expect(throws: TrainingError.self) { try ModelDirectory(path: checkpoint) }
      #expect(throws: TrainingError.self) { try Vocabulary.load(verifying: checkpoint) }
    }
    _ = try ModelDirectory(path: checkpoint)
    _ = try Vocabulary.load(verifying: checkpoint)
  }

  @Test func aRunSaysWhichCheckpointResumeTakes() throws {
    let found = try Verification(of: training.run.path)
    #expect(found.isWhole && found.isRun && found.folders.count == 2)
    #expect(found.resumesFrom == checkpoint)
    try withFlippedBit(8 * 4_000, of: checkpoint + "/optimizer.safetensors") {
      let found = try Verification(of: training.run.path)
      #expect(!found.isWhole && found.faults.isEmpty)
      #expect(found.resumesFrom == training.checkpoint(1))
      #expect(found.folders.map(\.isWhole) == [false, true])
    }
    // A damaged list is said, but keeps nobody from going on.
    try withFlippedBit(8 * 40, of: checkpoint + "/SHA256SUMS") {
      let found = try Verification(of: training.run.path)
      #expect(!found.isWhole && found.resumesFrom == checkpoint)
    }
    #expect(try Verification(of: checkpoint).isWhole)
    try FileManager.default.removeItem(atPath: training.run.checkpoints + "/step-00000002")
    let left = try Verification(of: training.run.path)
    #expect(
      left.faults == ["\(training.run.latest) names checkpoint step-00000002, which is missing"])
    #expect(left.resumesFrom == training.checkpoint(1))
  }
}
