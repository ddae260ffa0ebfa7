import Foundation
import ParableCollective
import ParableFormats
import ParableModel
import ParablePlatform
import ParableTokenization

/// The folder of one training, used by nobody else while this lives: its checkpoints, its log, and
/// what it began with.
///
/// All ranks open it together. The first one alone holds the lock and touches the files.
///
///     let store = try RunStore(.pretraining, at: path, resumes: resumes, communicator, note: note)
///     let before: TrainingRecord<Settings, Progress>? = try store.record()
///     try store.verify(
///       inputs: store.digests(of: files), environment: environment, against: before)
///     try store.begin(after: before?.step ?? 0)
///     …
///     store.log(line)
///     try store.save(step: step, settings: settings, …)
///     try store.throwLogFailure()
package final class RunStore {
  /// Where the files are.
  package let folder: RunFolder

  /// The checkpoint to go on from; nil in a new run.
  package let checkpoint: Checkpoint?

  let kind: TrainingKind
  let communicator: any Communicator
  private let note: (String) -> Void
  private let searchNotes: [String]
  let lock: RunLock?
  var metrics: MetricsLog?
  private var logFailure: (any Error)?
  /// Whether it was said that lines of the log wait to be written.
  private var hasNotedLogFailure = false
  /// How many bytes of them are kept at most.
  private static let unwrittenLimit = 16 << 20
  /// The digests of all inputs by their paths, once they are verified.
  package private(set) var inputs: [String: String] = [:]
  /// What the training runs on, once ``verify(inputs:environment:against:allowingChanges:)`` knows it.
  package private(set) var environment: TrainingEnvironment?
  private var changes: [String] = []
  /// The checkpoints that were written here, and need not be read to be known as complete.
  var saved: Set<Int> = []

  /// What the first rank found.
  private struct Opened: Codable {
    var path: String
    var checkpoint: String?
    var notes: [String] = []
  }

  /// Opens the folder of a new run or of one to resume, for this job alone.
  ///
  /// What an ended process left half written is deleted. Folders that are made here go with
  /// ``close()`` where nothing was put into them.
  ///
  /// - Parameters:
  ///   - kind: What is trained: another kind's folder is refused.
  ///   - path: The folder; nil takes the first of `runs/001`, `runs/002`, … that is not there, which
  ///     two jobs that start at the same moment never share.
  ///   - resumes: Whether to go on from its newest complete checkpoint.
  ///   - communicator: The ranks.
  ///   - note: Gets facts in one line, on every rank.
  /// - Throws: ``TrainingError/inUse(path:holder:option:)``, where there is another training
  ///   ``TrainingError/folderTaken(path:what:remedy:)``, and
  ///   ``TrainingError/nothingToResume(path:)``.
  package init(
    _ kind: TrainingKind, at path: String?, resumes: Bool, communicator: any Communicator,
    note: @escaping (String) -> Void
  ) throws {
    var lock: RunLock?
    let opened = try communicator.fromFirstRank {
      let folder: RunFolder
      if let path {
        folder = RunFolder(path)
        // Looked at before anything is made there, and again when nobody else can write there.
        try Self.check(folder, kind, resumes: resumes)
        lock = try RunLock.take(path, option: kind.option, note: note)
        try Self.check(folder, kind, resumes: resumes)
      } else {
        (folder, lock) = try RunLock.takeNextFree(in: "runs", option: kind.option, note: note)
      }
      folder.deleteLeftovers()
      guard resumes else {
        try lock?.makeFolder(folder.checkpoints)
        return Opened(path: folder.path)
      }
      let (checkpoint, notes) = folder.newest()
      guard let checkpoint else { throw TrainingError.nothingToResume(path: folder.path) }
      return Opened(
        path: folder.path, checkpoint: checkpoint.path,
        notes: notes.isEmpty
          ? [] : notes + ["resuming from \(checkpoint.name), the newest complete checkpoint"])
    }
    self.kind = kind
    self.communicator = communicator
    self.note = note
    self.lock = lock
    folder = RunFolder(opened.path)
    checkpoint = opened.checkpoint.map { Checkpoint(path: $0) }
    searchNotes = opened.notes
    try requireOnAllHosts()
  }

  /// Ends the job where a host does not see the folder that the first rank has locked.
  private func requireOnAllHosts() throws {
    guard Set(communicator.hosts).count > 1 else { return }
    let file = folder.lock
    let holder = try communicator.fromFirstRank {
      (try? ParablePlatform.contents(ofFile: file)) ?? []
    }
    // A network file system may show it a moment later.
    var tries = 0
    while (try? ParablePlatform.contents(ofFile: file)) ?? [] != holder, tries < 50 {
      tries += 1
      usleep(100_000)
    }
    let missing = tries == 50 ? CoreBinding.thisHost : ""
    let hosts = try communicator.allGather([UInt8](missing.utf8)).map {
      String(decoding: $0, as: UTF8.self)
    }
    guard let host = hosts.first(where: { !$0.isEmpty }) else { return }
    try communicator.onFirstRank {
      throw TrainingError.file(
        path: folder.path, reason: "host \(host) does not see this folder",
        remedy: "name one that all hosts share")
    }
  }

  /// Throws where a training of this kind must not begin, or cannot be resumed.
  private static func check(_ folder: RunFolder, _ kind: TrainingKind, resumes: Bool) throws {
    func isThere(_ name: String) -> Bool {
      FileManager.default.fileExists(atPath: folder.path + "/" + name)
    }
    func taken(_ what: String, _ remedy: String = "") -> TrainingError {
      .folderTaken(path: folder.path, what: what, remedy: "\(remedy)choose another \(kind.option)")
    }
    if resumes {
      guard isThere("") else { throw TrainingError.nothingToResume(path: folder.path) }
      return
    }
    if let step = folder.steps.first {
      guard folder.checkpoint(step: step).kind == kind.name else { throw taken("another training") }
      throw taken("a \(kind.title)", "go on with it by --resume or ")
    }
    guard kind.leavesModel else { return }
    // The model of a training whose checkpoints were taken away, or any other one; but what ended
    // before its first checkpoint has left nothing to go on with and is no hindrance.
    let hasEndedEarly = isThere("metrics.jsonl") && isThere("checkpoints") && !isThere("latest")
    if isThere(ModelFiles.configuration), !hasEndedEarly { throw taken("a model") }
    try OutputPlace.check(folder: folder.checkpoints)
  }

  /// The record of the checkpoint to go on from, nil in a new run; says what newer checkpoints lack.
  ///
  /// - Throws: ``TrainingError/file(path:reason:remedy:)`` where it is another kind's, or none.
  package func record<Settings, Progress>() throws -> TrainingRecord<Settings, Progress>? {
    for text in searchNotes { note(text) }
    return try checkpoint?.record(kind)
  }

  /// The SHA-256 of each of these files, by its path: the same on every rank, each file read by one.
  ///
  /// Files that are not there are left out: whoever needs them says so.
  package func digests(of paths: [String]) throws -> [String: String] {
    let work = paths.map { FileWork(path: $0) { try SHA256.hexDigest(ofFile: $0) } }
    let found: [String]
    do { found = try communicator.share(work) } catch { throw error.onThisRank }
    return Dictionary(zip(paths, found), uniquingKeysWith: { $1 }).filter { !$0.value.isEmpty }
  }

  /// Compares what the training learns from and runs on with what a checkpoint's record says, and
  /// keeps both for the records to come.
  ///
  /// - Parameters:
  ///   - inputs: The digests of all inputs by their paths. One that the record does not know counts as
  ///     new, not as changed.
  ///   - environment: Where the ranks run. What leaves the bits of the result alone may be other.
  ///   - record: The checkpoint's record; nil in a new run.
  ///   - allowingChanges: Whether to go on where something differs, and say what.
  /// - Throws: ``TrainingError/changed(path:what:)`` with everything that differs.
  package func verify<Settings, Progress>(
    inputs: [String: String], environment: TrainingEnvironment,
    against record: TrainingRecord<Settings, Progress>?, allowingChanges: Bool = false
  ) throws {
    self.inputs = inputs
    self.environment = environment
    guard let record else { return }
    // What is gone and not needed any more is remembered.
    let gone = record.inputs.filter { !FileManager.default.fileExists(atPath: $0.key) }
    self.inputs.merge(gone) { now, _ in now }
    changes = inputs.sorted { $0.key < $1.key }
      .filter { record.inputs[$0.key] ?? $0.value != $0.value }.map(\.key)
    changes += record.environment.map { environment.changes(since: $0) } ?? []
    guard !changes.isEmpty else { return }
    guard allowingChanges else { throw TrainingError.changed(path: folder.path, what: changes) }
    for change in changes { note("going on although it is not as it was: \(change)") }
  }

  /// Opens `metrics.jsonl`, without what it holds of steps after `step`, and logs the start.
  ///
  /// The line of the start has the environment, or `header`, which has it among more.
  package func begin(after step: Int, header: TrainingHeader? = nil) throws {
    guard communicator.rank == 0 else { return }
    lock?.keepFolders()
    unlink(folder.stopped)
    metrics = try MetricsLog(path: folder.metrics, keepingUpTo: step)
    log(
      StartRecord(
        environment: environment, header: header,
        resumed: checkpoint.map { _ in StartRecord.Resumed(step: step, changed: changes) }))
  }

  /// Appends a line to `metrics.jsonl`; where that fails, ``throwLogFailure()`` says so, so that what
  /// was trained can be saved first.
  package func log(_ line: some Encodable) {
    keepLogFailure {
      try lock?.requireHeld()
      try metrics?.append(line)
      hasNotedLogFailure = false
    }
  }

  func keepLogFailure(_ body: () throws -> Void) {
    do {
      try body()
    } catch {
      logFailure = logFailure ?? error
    }
  }

  /// Logs that the training stopped, and leaves the file `stopped`, which the next start removes.
  func markStopped(_ reason: StopReason, step: Int) throws {
    let record = StopRecord(stopped: .init(reason: reason.name, step: step))
    log(record)
    try metrics?.synchronize()
    try DurableFile.write(
      [UInt8](JSONEncoder.line.encode(record)) + [UInt8(ascii: "\n")], to: folder.stopped)
  }

  /// Throws on the first rank where a line could not be logged.
  package func throwLogFailure() throws { if let logFailure { throw logFailure } }

  /// Says once on the first rank that lines could not be logged; they are written with later ones.
  ///
  /// - Throws: The failure, where more lines wait than memory should be taken for.
  func noteLogFailure() throws {
    guard let failure = logFailure, metrics?.unwrittenCount ?? 0 < Self.unwrittenLimit else {
      return try throwLogFailure()
    }
    logFailure = nil
    guard !hasNotedLogFailure else { return }
    hasNotedLogFailure = true
    note("\(failure); going on, and writing its lines when that is possible")
  }

  /// Throws on the first rank where the run was taken away while it trains, by a person or by another
  /// process.
  func requireFolder() throws {
    guard communicator.rank == 0 else { return }
    if access(folder.path, F_OK) != 0, [ENOENT, ENOTDIR, ESTALE].contains(errno) {
      throw isGone(folder.path)
    }
    try lock?.requireHeld()
  }

  func isGone(_ path: String) -> TrainingError {
    .file(
      path: path, reason: "the folder is gone",
      remedy: "start again, and leave the run alone while it trains")
  }

  /// Gives the folder back to others.
  package func close() { lock?.release() }
}
