import Foundation
import Testing

/// A fresh folder that is removed with everything in it when the last reference goes.
package final class TemporaryFolder: Sendable {
  package let path: String

  package init() throws {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("parable-\(UUID().uuidString)", isDirectory: true)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    path = folder.path
  }

  /// A folder with a small corpus, `c.txt`: twenty built-in stories.
  package static func withStories() throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    let result = try runProcess(
      BuiltProduct.path("worker"), ["stories", "--count", "20", "--output", folder.file("c.txt")])
    try #require(result.exitCode == 0, "\(result.errors)")
    return folder
  }

  deinit {
    try? FileManager.default.removeItem(atPath: path)
  }

  /// The path of a file in the folder, there or not.
  package func file(_ name: String) -> String { path + "/" + name }

  /// Writes a file and returns its path.
  @discardableResult
  package func write(_ bytes: some Sequence<UInt8>, to name: String) throws -> String {
    try Data(bytes).write(to: URL(fileURLWithPath: file(name)))
    return file(name)
  }

  /// Writes a text file and returns its path.
  @discardableResult
  package func write(_ text: String, to name: String) throws -> String {
    try write(text.utf8, to: name)
  }

  /// Writes a shell script that can be started, and returns its path.
  ///
  /// Another process writes it: a child that this one starts in the same moment would inherit the
  /// open file, and a program that is open for writing cannot be started.
  package func writeScript(_ text: String, to name: String) throws -> String {
    let command = #"printf '#!/bin/sh\n%s\n' "$1" > "$0" && chmod +x "$0""#
    let result = try runProcess("/bin/sh", ["-c", command, file(name), text])
    guard result.exitCode == 0 else {
      throw ProcessFailure.notStarted(command: file(name), reason: result.errors)
    }
    return file(name)
  }

  /// The bytes of a file in the folder.
  package func read(_ name: String) throws -> [UInt8] {
    try [UInt8](Data(contentsOf: URL(fileURLWithPath: file(name))))
  }

  /// The names of the entries of a folder in it, or of itself, sorted.
  package func names(_ folder: String = ".") throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: file(folder)).sorted()
  }
}
