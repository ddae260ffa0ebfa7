import Foundation
import TestSupport
import Testing

/// `worker verify` of a run, its checkpoint and a model: one line a file, 0 or 1.
@Suite struct VerifyCommandTests {
  private let training: SmallTraining
  private var folder: TemporaryFolder { training.folder }
  private let checkpoint = "run/checkpoints/step-00000001"

  init() throws { training = try SmallTraining(storyCount: 13) }

  @Test(arguments: ["run", "run/checkpoints/step-00000001"])
  func whatIsWholeIsSaid(_ path: String) throws {
    let result = try training.worker("verify", path)
    // Whoever passes a model on may change its card.
    let files = try folder.names(checkpoint).filter { $0 != "README.md" }
      .map { "ok       \(checkpoint)/\($0)" }
    let lines = result.output.split(separator: "\n").map(String.init)
    let isRun = path == "run"
    #expect(lines.prefix(files.count).sorted() == files)
    #expect(lines.dropFirst(files.count) == (isRun ? ["--resume takes \(checkpoint)"] : []))
    let json = try training.worker("verify", path, "--json").output
    let object = try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any]
    #expect(object?["whole"] as? Bool == true)
    #expect(object?["resumes_from"] as? String == (isRun ? checkpoint : nil))
  }

  @Test func damageIsNamedAndEndsWithOne() throws {
    let file = checkpoint + "/model.safetensors"
    var bytes = try folder.read(file)
    bytes[bytes.count - 1] ^= 1
    try folder.write(bytes, to: file)
    let fault = "model.safetensors is not what was written in tensor model.norm.weight"
    let result = try training.worker("verify", "run", exitCode: 1)
    #expect(result.output.contains("\ndamaged  \(file): \(fault)\n"))
    #expect(
      result.errors
        == "worker: run: 1 damaged or missing file; restore it from a copy\n")
    let json = try training.worker("verify", checkpoint, "--json", exitCode: 1).output
    let object = try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any]
    let folders = object?["folders"] as? [[String: Any]]
    let files = folders?.first?["files"] as? [[String: Any]] ?? []
    #expect(files.compactMap { $0["fault"] as? String } == [fault])
    #expect(object?["whole"] as? Bool == false)
    for command in [["generate", "--model"], ["evaluate", "--corpus", "s.txt", "--model"]] {
      let result = try runProcess(
        BuiltProduct.path("worker"), command + ["run"], in: folder.path)
      #expect(result.exitCode == 1 && result.errors.contains(fault), "\(result.errors)")
    }
  }

  @Test func whatWasNeverListedIsNotVouchedFor() throws {
    try FileManager.default.removeItem(atPath: folder.file(checkpoint + "/manifest.json"))
    let result = try training.worker("verify", checkpoint, exitCode: 1)
    let fault = "manifest.json is missing, and nothing else says what was written"
    #expect(result.output == "damaged  \(checkpoint)/manifest.json: \(fault)\n")
    let nothing = try training.worker("verify", "nosuch", exitCode: 1)
    #expect(nothing.errors.hasPrefix("worker: nosuch: no such folder; "))
  }

  /// The way to ask that `prompt --store` leaves with a model is of what the manifest lists.
  @Test func aStoredPromptIsVerifiedToo() throws {
    try training.worker(
      "prompt", "--model", checkpoint, "--dev", "q.json", "--output", "answers", "--store")
    #expect(try training.worker("verify", checkpoint).output.contains("/prompting.json\n"))
    let file = checkpoint + "/prompting.json"
    var bytes = try folder.read(file)
    bytes[bytes.count - 2] ^= 1
    try folder.write(bytes, to: file)
    let result = try training.worker(
      "predict", "--model", checkpoint, "--questions", "q.json", "--output", "p.json", exitCode: 1)
    #expect(result.errors.contains("prompting.json is not what was written"))
  }
}
