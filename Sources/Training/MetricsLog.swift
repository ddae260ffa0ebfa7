import Foundation
import ParableFormats
import ParablePlatform

/// `metrics.jsonl`: one JSON object per line, for a step, an evaluation or a start.
package final class MetricsLog {
  private let path: String
  private let descriptor: Int32
  private let encoder = JSONEncoder.line
  /// Lines, or the rest of one, that the system has not taken.
  private var unwritten: [UInt8] = []

  /// How many bytes wait to be written.
  var unwrittenCount: Int { unwritten.count }

  /// Opens the file, keeping of what it holds the lines up to `step` and those that are of no step;
  /// nothing where `step` is 0.
  package init(path: String, keepingUpTo step: Int) throws {
    self.path = path
    try Self.keepLines(path: path, upTo: step)
    descriptor = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw FileError.writing(path) }
  }

  deinit { close(descriptor) }

  /// Appends one line in one write, after what could not be written before: a disk that was full for
  /// a while leaves no gap, and no line in pieces.
  ///
  /// - Throws: `FileError` with the file's path and the system's reason; what is not written is kept.
  package func append(_ record: some Encodable) throws {
    unwritten += try encoder.encode(record) + Data("\n".utf8)
    while !unwritten.isEmpty {
      let count = unwritten.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
      guard count >= 0 || errno == EINTR else { throw FileError.writing(path) }
      unwritten.removeFirst(max(count, 0))
    }
  }

  /// Waits until all lines are on disk, as a checkpoint beside them is.
  package func synchronize() throws {
    // EINVAL: a device or a pipe.
    guard fsync(descriptor) == 0 || errno == EINVAL else {
      throw FileError.writing(path)
    }
  }

  private struct Line: Decodable { var step: Int? }

  private static func keepLines(path: String, upTo step: Int) throws {
    // What is no file, such as a device, holds nothing to keep.
    var status = stat()
    guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return }
    let data = Data(try contents(ofFile: path))
    let kept = data.split(separator: UInt8(ascii: "\n")).filter { line in
      guard let parsed = try? JSONDecoder().decode(Line.self, untrusted: line) else { return false }
      return step > 0 && parsed.step ?? 0 <= step
    }
    let text = kept.reduce(into: Data()) { $0 += $1 + Data("\n".utf8) }
    if text != data { try DurableFile.write([UInt8](text), to: path) }
  }
}
