import Foundation
import ParablePlatform
import ParableTraining

/// Tries in a folder what a run asks of its file system.
struct FolderTrial {
  /// The calls that file systems differ in; tests put others in their place.
  struct Calls {
    var rename: (String, String) -> Int32 = { Foundation.rename($0, $1) }
    var lock: (Int32, Int32) -> Int32 = { flock($0, $1) }
    var synchronize: (Int32) -> Int32 = { fsync($0) }
  }

  private static let subject = "file system"

  /// An existing folder.
  let folder: String
  var calls = Calls()

  /// The nearest folder that is there: the run's own may still have to be made.
  static func existing(_ path: String) -> String {
    var path = absolutePath(path)
    while !FileManager.default.fileExists(atPath: path + "/."), path.count > 1 {
      path = (path as NSString).deletingLastPathComponent
    }
    return path
  }

  /// What the trial has found; what it has made is gone again.
  func findings() -> [Finding] {
    let place = folder + "/.doctor-\(getpid())"
    guard mkdir(place, 0o777) == 0 else {
      let failure = SystemFailure(.writing)
      return [.error(Self.subject, "\(folder): \(failure.reason)", remedy: failure.remedy)]
    }
    defer { try? FileManager.default.removeItem(atPath: place) }
    let found = [renaming(in: place), locking(in: place), kind].compactMap(\.self)
    guard found.isEmpty else { return found }
    return [
      .ok(Self.subject, "\(folder): files are replaced in one step, synced and locked")
    ]
  }

  /// Replaces a file and renames a folder, as a checkpoint is put in its place.
  private func renaming(in place: String) -> Finding? {
    func fault(_ what: String) -> Finding {
      .error(
        Self.subject, "\(folder): \(what): a crash could leave half a checkpoint",
        remedy: "choose a --run on another file system")
    }
    let (old, new) = (place + "/old", place + "/new")
    for (path, text) in [(old, "old"), (new, "new")] {
      let descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o666)
      guard descriptor >= 0 else { return fault("a file cannot be made (\(reason))") }
      defer { close(descriptor) }
      guard write(descriptor, text, 3) == 3 else {
        return fault("a file cannot be written (\(reason))")
      }
      guard calls.synchronize(descriptor) == 0 else {
        return fault("a file cannot be synced (\(reason))")
      }
    }
    guard calls.rename(new, old) == 0 else { return fault("no file can be replaced (\(reason))") }
    guard (try? contents(ofFile: old)) == Array("new".utf8), access(new, F_OK) != 0 else {
      return fault("a file that was replaced is not the new one")
    }
    let (staged, final) = (place + "/staged", place + "/final")
    guard mkdir(staged, 0o777) == 0, calls.rename(staged, final) == 0,
      access(final, F_OK) == 0, access(staged, F_OK) != 0
    else { return fault("no folder can be renamed (\(reason))") }
    return nil
  }

  /// Takes a lock twice, which must not work.
  private func locking(in place: String) -> Finding? {
    func fault(_ what: String) -> Finding {
      .warning(
        Self.subject, "\(folder): \(what): nothing keeps two trainings apart",
        remedy: "see to it that nothing else writes into the run")
    }
    let descriptors = (0..<2).map { _ in open(place + "/old", O_RDWR | O_CLOEXEC) }
    defer { for descriptor in descriptors where descriptor >= 0 { close(descriptor) } }
    guard descriptors.allSatisfy({ $0 >= 0 }) else { return fault("a file cannot be opened") }
    guard calls.lock(descriptors[0], LOCK_EX | LOCK_NB) == 0 else {
      return .warning(
        Self.subject,
        "\(folder): it has no locks (\(reason)): a file that changes every second takes their place, and "
          + "a start after a crash waits for 10 s",
        remedy: "choose a --run on another file system")
    }
    return calls.lock(descriptors[1], LOCK_EX | LOCK_NB) == 0
      ? fault("its locks do not exclude each other") : nil
  }

  /// A file system that forgets.
  private var kind: Finding? {
    let mounts = (try? contents(ofFile: "/proc/self/mountinfo")) ?? []
    let type = Self.type(of: folder, in: String(decoding: mounts, as: UTF8.self))
    guard let type, ["tmpfs", "ramfs"].contains(type) else { return nil }
    return .warning(
      Self.subject, "\(folder): it is kept in memory (\(type)) and gone when the machine restarts",
      remedy: "choose a --run on a disk")
  }

  /// The type of the file system of a folder, as the kernel lists what is mounted.
  static func type(of folder: String, in mounts: String) -> String? {
    var found: (point: String, type: String)?
    for line in mounts.split(separator: "\n") {
      let halves = line.split(separator: " - ", maxSplits: 1)
      let (fields, more) = (halves[0].split(separator: " "), halves.dropFirst().first ?? "")
      guard fields.count > 4, let type = more.split(separator: " ").first else { continue }
      let point = String(fields[4])
      let isAbove = point == "/" || folder == point || folder.hasPrefix(point + "/")
      // What was mounted later lies above.
      if isAbove, point.count >= found?.point.count ?? 0 { found = (point, String(type)) }
    }
    return found?.type
  }

  private var reason: String { String(cString: strerror(errno)).lowercased() }
}

/// Whether a run fits onto the disk, and each of its files into the limit on sizes.
func diskFindings(
  _ needs: RunNeeds, in folder: String, free: Int?, fileSizeLimit: Int?
) -> [Finding] {
  let subject = "disk"
  let checkpoints =
    "\(needs.checkpointCount) checkpoint\(needs.checkpointCount == 1 ? "" : "s") of "
    + sizeText(needs.checkpoint)
  if let limit = fileSizeLimit, limit < needs.largestFile {
    return [
      .error(
        subject,
        "files may have \(sizeText(limit)), and one of "
          + "\(sizeText(needs.largestFile)) is needed",
        remedy: "raise the limit on the size of files (ulimit -f)")
    ]
  }
  guard let free else {
    return [.warning(subject, "\(folder): it does not say what is free", remedy: "look by hand")]
  }
  if free < needs.disk {
    return [
      .error(
        subject,
        "\(folder): \(sizeText(free)) are free, \(checkpoints) and token files of about "
          + "\(sizeText(needs.tokens)) are to come",
        remedy: "free space, choose another --run, or keep fewer by --keep-checkpoints")
    ]
  }
  if free < needs.disk + needs.disk / 4 {
    return [
      .warning(
        subject,
        "\(folder): \(sizeText(free)) are free, little more than the \(checkpoints) to come",
        remedy: "free space, or keep fewer by --keep-checkpoints")
    ]
  }
  return [.ok(subject, "\(folder): \(sizeText(free)) are free, \(checkpoints) are to come")]
}

/// What is free for this process where a folder lies; nil where the file system does not say.
func freeBytes(in folder: String) -> Int? {
  var status = statvfs()
  guard statvfs(folder, &status) == 0, status.f_frsize > 0 else { return nil }
  return Int(clamping: UInt64(status.f_bavail)).multipliedReportingOverflow(
    by: Int(status.f_frsize)
  ).partialValue
}

/// The most bytes that a file of this process may have; nil where there is no limit.
func fileSizeLimit() -> Int? {
  var limit = rlimit()
  guard getrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit) == 0,
    limit.rlim_cur < rlim_t(Int.max)
  else { return nil }
  return Int(limit.rlim_cur)
}
