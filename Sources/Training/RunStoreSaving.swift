import Foundation
import ParableCollective
import ParableFormats
import ParableModel
import ParablePlatform
import ParableTokenization

// How checkpoints and models get into the folder of a run.
extension RunStore {
  /// Writes a checkpoint, deletes older ones, and returns its path on every rank.
  ///
  /// It is written aside, synced and renamed, so that a folder with the final name is always whole.
  /// The newest `count` complete checkpoints stay, all where that is nil.
  ///
  /// - Throws: `SharedFailure` on all ranks where it cannot be written; what was there before is as
  ///   it was.
  @discardableResult
  package func save(
    step: Int, settings: some TaskSettings, progress: some Codable, parameters: TrainedParameters,
    optimizer: Optimizer, vocabulary: Vocabulary, keeping count: Int?,
    skips: SkipHistory = SkipHistory(), evaluation: (any EvaluationRecord)? = nil
  ) throws -> String {
    // Another process may have its files under the same names.
    try communicator.onFirstRank { try lock?.requireHeld() }
    let record = TrainingRecord(
      step: step, kind: kind, settings: settings, progress: progress, inputs: inputs,
      environment: environment, skips: skips)
    let checkpoint = folder.checkpoint(step: step)
    let aside = folder.checkpoints + "/" + RunFolder.aside + checkpoint.name
    let files = Checkpoint.tensorFiles(in: aside, parameters, optimizer)
    func together(_ body: () throws -> Void) throws {
      try communicator.together {
        if communicator.rank == 0 { try? FileManager.default.removeItem(atPath: aside) }
      } body: {
        try body()
      }
    }
    try together {
      guard communicator.rank == 0 else { return }
      try? FileManager.default.removeItem(atPath: aside)
      // The folder above is there since the run began: one that was taken away is not made anew.
      guard mkdir(aside, 0o777) == 0 else {
        let failure = FileError.writing(aside)
        let isThere = FileManager.default.fileExists(atPath: folder.checkpoints)
        throw isThere ? failure : isGone(folder.checkpoints)
      }
      try Checkpoint.writeDescription(
        to: aside, record: record, parameters.storage.view.layout.configuration, vocabulary)
      for file in files { try file.reserve() }
    }
    var written = files.map { _ in [WrittenBlock]() }
    try together {
      let blocks = try files.map { try $0.collect(communicator) }
      // A file takes what one process writes after the other's: ranks begin with different ones.
      for turn in files.indices {
        let place = (communicator.rank + turn) % files.count
        written[place] = try blocks[place].write()
      }
    }
    var manifest = Manifest(sha256: [:])
    try together {
      manifest = try self.manifest(
        of: aside, written: Dictionary(uniqueKeysWithValues: zip(files.map(\.path), written)))
    }
    try together {
      guard communicator.rank == 0 else { return }
      let card = card(
        step, settings, parameters.storage.view, evaluation,
        sha256: manifest.sha256[ModelFiles.weights] ?? "")
      try DurableFile.write(card.text(), to: aside + "/" + ModelCard.file)
      try manifest.write(in: aside)
      try? FileManager.default.removeItem(atPath: checkpoint.path)
      try DurableFile.commit(folder: aside, as: checkpoint.path)
      try DurableFile.write(checkpoint.name + "\n", to: folder.latest)
      saved.insert(step)
      // The checkpoint is whole without its log.
      keepLogFailure { try metrics?.synchronize() }
    }
    if let count { try prune(keeping: count, beside: step) }
    return checkpoint.path
  }

  /// Deletes older checkpoints, each file by one rank: to give back the memory or the blocks of a large
  /// one takes a file system long.
  private func prune(keeping count: Int, beside step: Int) throws {
    func deleting<Value>(_ path: String, _ body: (FileManager) throws -> Value) throws -> Value {
      do {
        return try body(.default)
      } catch {
        throw TrainingError.file(
          path: path, reason: "cannot be deleted (\(SystemFailure(.writing, error).reason))",
          remedy: "delete it by hand")
      }
    }
    let outdated = try communicator.fromFirstRank {
      let folders = folder.outdated(keeping: count, beside: step) { saved.contains($0) }.map(\.path)
      let files = try folders.flatMap { folder in
        try deleting(folder) { _ in try RunFolder.ownFiles(ofCheckpoint: folder) }
      }
      return [files, folders]
    }
    let deletions = outdated[0].map { file in
      FileWork(path: file) { path in
        try deleting(path) { try $0.removeItem(atPath: path) }
        return ""
      }
    }
    _ = try communicator.share(deletions)
    try communicator.onFirstRank {
      for path in outdated[1] { try deleting(path) { try $0.removeItem(atPath: path) } }
    }
  }

  /// The digests of the files of a folder, each read back by one rank; of some it is known what every
  /// rank has `written`.
  private func manifest(of folder: String, written: [String: [WrittenBlock]]) throws -> Manifest {
    var blocks: [String: [WrittenBlock]] = [:]
    for (path, own) in written.sorted(by: { $0.key < $1.key }) {
      blocks[path] = try communicator.allGather(values: own).flatMap { $0 }
    }
    let names = try communicator.fromFirstRank {
      try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
    }
    let digests = names.map { name in
      FileWork(path: folder + "/" + name) { path in
        try blocks[path].map { try WrittenBlock.digest(of: $0, in: path) }
          ?? SHA256.hexDigest(ofFile: path)
      }
    }
    let withTensors = names.filter(Manifest.hasTensors)
    let tensors = withTensors.map { name in
      FileWork(path: folder + "/" + name, cost: 0.25) { path in
        String(
          decoding: try JSONEncoder.line.encode(Manifest.tensorDigests(ofFile: path)), as: UTF8.self
        )
      }
    }
    let found = try communicator.share(digests + tensors)
    var manifest = Manifest(sha256: Dictionary(uniqueKeysWithValues: zip(names, found)))
    manifest.tensors = Dictionary(
      uniqueKeysWithValues: try zip(withTensors, found.suffix(withTensors.count)).map {
        name, text in
        (name, try JSONDecoder().decode([String: String].self, from: Data(text.utf8)))
      })
    return manifest
  }

  /// Stores a model in the folder itself, with a manifest and with more files of the task, on the first
  /// rank, in place of the one that it stored before, which stays as it was where that fails.
  package func saveModel(
    _ parameters: ParameterView, _ vocabulary: Vocabulary, settings: some TaskSettings,
    evaluation: some EvaluationRecord, also files: [String: [UInt8]] = [:]
  ) throws {
    try communicator.onFirstRank {
      try lock?.requireHeld()
      try ModelReplacement.write(in: folder.path) { staged in
        try ModelFiles.write(to: staged, parameters: parameters, vocabulary: vocabulary)
        for (name, bytes) in files { try DurableFile.write(bytes, to: staged + "/" + name) }
        let card = card(
          evaluation.step, settings, parameters, evaluation,
          sha256: try SHA256.hexDigest(ofFile: staged + "/" + ModelFiles.weights))
        try DurableFile.write(card.text(), to: staged + "/" + ModelCard.file)
      }
    }
  }

  private func card(
    _ step: Int, _ settings: any TaskSettings, _ parameters: ParameterView,
    _ evaluation: (any EvaluationRecord)?, sha256: String
  ) -> ModelCard {
    ModelCard(
      kind: kind, step: step, layout: parameters.layout, settings: settings, inputs: inputs,
      environment: environment, evaluation: evaluation, sha256: sha256)
  }
}
