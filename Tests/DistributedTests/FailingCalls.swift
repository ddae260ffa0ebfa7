import Foundation
import TestSupport

/// Tests/FailingCalls, compiled: a library that lets calls of a process to the file system fail.
enum FailingCalls {
  /// One that failed.
  struct Call {
    /// `fsync`.
    let kind: String
    /// What the system said.
    let code: Int32
    /// The file or folder; of one that is written aside the name that it was to get.
    let path: String

    /// What is to be said of it.
    var reason: String { String(cString: strerror(code)).lowercased() }
  }

  /// The compiled library.
  private static let library = Result {
    let source = SharedFixtures.packageRoot
      .appendingPathComponent("Tests/FailingCalls/FailingCalls.c").path
    let folder = try TemporaryFolder()
    let path = folder.file("libFailingCalls.so")
    let result = try runProcess(
      "clang", ["-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o", path, source, "-ldl"])
    guard result.exitCode == 0 else {
      throw ProcessFailure.notStarted(command: "clang", reason: result.errors)
    }
    return (path, folder)
  }

  /// The variables by which a call below `folder` fails on a rank.
  ///
  /// `number` is which of all since the first save or the start; nil lets call n of save n fail. What
  /// failed is noted in `log`.
  static func environment(
    below folder: String, number: Int?, kind: String = "any", rank: Int = 0,
    fromStart: Bool = false, log: String
  ) throws -> [String: String] {
    [
      "LD_PRELOAD": try library.get().0, "FAILING_FOLDER": folder, "FAILING_KIND": kind,
      "FAILING_AT": number.map { "\($0)" } ?? "each", "FAILING_FROM": fromStart ? "start" : "save",
      "FAILING_ERRNO": [EDQUOT, EIO, ENOSPC, EROFS].map { "\($0)" }.joined(separator: ","),
      "FAILING_RANK": "\(rank)", "FAILING_LOG": log,
    ]
  }

  /// The variables by which a write of a save, number `number` of this kind, writes other bytes without a
  /// word.
  static func silently(
    below folder: String, number: Int, kind: String, log: String
  ) throws -> [String: String] {
    try environment(below: folder, number: number, kind: kind, log: log)
      .merging(["FAILING_SILENTLY": "1"]) { $1 }
  }

  /// The variables by which no file below `folder` can be locked.
  static func withoutLocks(below folder: String) throws -> [String: String] {
    ["LD_PRELOAD": try library.get().0, "FAILING_FOLDER": folder, "FAILING_LOCKS": "1"]
  }

  /// What the log says.
  static func failed(_ log: String) -> [Call] {
    let text = (try? String(contentsOfFile: log, encoding: .utf8)) ?? ""
    return text.split(separator: "\n").compactMap { line in
      let words = line.split(separator: " ", maxSplits: 3).map(String.init)
      guard words.count == 4, let code = Int32(words[2]) else { return nil }
      let path = words[3].replacing(/\.[0-9]+-[0-9]+\.partial$/, with: "")
      return Call(kind: words[1], code: code, path: path)
    }
  }
}
