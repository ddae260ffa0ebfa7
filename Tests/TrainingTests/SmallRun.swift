import Foundation
import ParableCollective
import ParableFormats
import ParableModel
import ParablePlatform
import ParableTraining
import TestSupport

/// A pre-training that takes a moment, in a folder of its own.
final class SmallRun {
  let folder: TemporaryFolder
  let run: RunFolder
  var settings = PretrainingSettings()
  /// What was reported, as lines.
  private(set) var notes: [String] = []
  /// The lines before the first step.
  private(set) var header: [String] = []

  init() throws {
    folder = try TemporaryFolder()
    run = RunFolder(folder.file("run"))
    let text = String(repeating: "The cat sat on the mat and saw a dog.<|endoftext|>\n", count: 20)
    settings.corpus = [try folder.write(text, to: "corpus.txt")]
    (settings.width, settings.layers, settings.heads, settings.hidden) = (8, 1, 2, 8)
    (settings.context, settings.batch, settings.microBatch) = (8, 2, 1)
    (settings.vocabularySize, settings.steps, settings.warmupSteps) = (260, 4, 0)
  }

  func train(
    resuming: Bool = false, stopAfter: Int? = nil, allowingChanges: Bool = false,
    report: @escaping (TrainingEvent) -> Void = { _ in }
  ) throws {
    var request = Trainer<LanguageModelling>.Request(settings)
    request.folder = run.path
    request.resumes = resuming
    request.stopAfter = stopAfter
    request.allowsChanges = allowingChanges
    (notes, header) = ([], [])
    try Trainer(request, communicator: SoloCommunicator()) { [self] event in
      if case .note(let text) = event { notes.append(text) }
      if case .started(let found) = event { header = found.lines }
      report(event)
    }.train()
  }

  /// What a training ends with.
  func failure(resuming: Bool = true) -> String {
    do {
      try train(resuming: resuming)
      return "nothing"
    } catch {
      return "\(error)"
    }
  }

  func checkpoint(_ step: Int) -> String { run.checkpoint(step: step).path }

  /// Changes a checkpoint's weights, and its manifest with them.
  func changeWeights(of step: Int, _ change: (MutableParameterView) -> Void) throws {
    let directory = try ModelDirectory(path: checkpoint(step))
    let storage = try directory.loadParameters()
    storage.update(change)
    try ModelFiles.write(
      to: checkpoint(step), parameters: storage.view, vocabulary: directory.vocabulary)
    try Manifest.write(in: checkpoint(step))
  }

  /// Changes settings in a checkpoint's `training.json`, and its manifest with it.
  func changeSettings(of step: Int, _ changes: [String: Any], in member: String? = "settings")
    throws
  {
    let url = URL(fileURLWithPath: checkpoint(step) + "/training.json")
    var state =
      try JSONSerialization.jsonObject(with: Data(contentsOf: url)) as? [String: Any] ?? [:]
    if let member {
      let old = state[member] as? [String: Any] ?? [:]
      state[member] = old.merging(changes) { _, new in new }
    } else {
      state.merge(changes) { _, new in new }
    }
    try JSONSerialization.data(withJSONObject: state).write(to: url)
    try Manifest.write(in: checkpoint(step))
  }

  /// Makes a checkpoint one of the version before.
  func makeOld(_ step: Int) throws {
    let url = URL(fileURLWithPath: checkpoint(step) + "/training.json")
    let state = try JSONSerialization.jsonObject(with: Data(contentsOf: url)) as? [String: Any]
    var old: [String: Any] = ["step": step]
    old["settings"] = state?["settings"]
    old["preparation"] = (state?["progress"] as? [String: Any])?["preparation"]
    try JSONSerialization.data(withJSONObject: old).write(to: url)
    try Manifest.write(in: checkpoint(step))
  }

  /// The lines of evaluations in the metrics.
  func evaluations() throws -> [[String: Any]] {
    try metrics().filter { $0["validation_loss"] != nil }
  }

  /// The lines of the metrics.
  func metrics() throws -> [[String: Any]] {
    try String(contentsOfFile: run.metrics, encoding: .utf8).split(separator: "\n").map {
      try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any] ?? [:]
    }
  }

  func digest(_ path: String) throws -> String { try SHA256.hexDigest(ofFile: path) }
}
