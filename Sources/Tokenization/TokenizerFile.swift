import Files
import Foundation

/// Reads and writes whole files with errors that name them.
enum TokenizerFile {
  /// Whether there is a file or a folder; a path that ends in a slash is a folder's.
  static func exists(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0
  }

  /// A file's bytes, without the byte order mark that some programs put first.
  static func read(_ path: String) throws -> [UInt8] {
    do {
      return Array(try contents(ofFile: path).withoutByteOrderMark)
    } catch {
      throw TokenizationError.unreadable(path: path, reason: error.reason, remedy: error.remedy)
    }
  }

  /// Reads a file and makes something of it; a failure names the file.
  static func reading<Content>(_ path: String, _ make: ([UInt8]) throws -> Content) throws
    -> Content
  {
    let bytes = try read(path)
    return try reporting(path) { try make(bytes) }
  }

  static func reporting<Content>(_ path: String, _ make: () throws -> Content) throws -> Content {
    do {
      return try make()
    } catch let failure as JSONScanner.Failure {
      throw TokenizationError.malformed(path: path, detail: failure.detail)
    } catch let feature as UnsupportedFeature {
      throw TokenizationError.unsupported(
        path: path, detail: feature.detail, remedy: feature.remedy)
    }
  }

  /// Writes a file whole or not at all, and makes the folder that it is to be in.
  static func write(_ bytes: [UInt8], to path: String) throws {
    do {
      if let slash = path.lastIndex(of: "/"), slash != path.startIndex {
        try makeFolder(String(path[..<slash]))
      }
      try replace(path, by: bytes)
    } catch {
      throw TokenizationError.unwritable(
        path: path, reason: error.reason, remedy: error.remedy)
    }
  }

  private static func replace(_ path: String, by bytes: [UInt8]) throws(SystemFailure) {
    let aside = "\(path).\(getpid())-0.partial"
    let descriptor = open(aside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw SystemFailure(.writing) }
    let isWritten = writeAll(bytes, to: descriptor) && fsync(descriptor) == 0
    let code = errno
    close(descriptor)
    if isWritten && rename(aside, path) == 0 { return }
    let failure = isWritten ? SystemFailure(.writing) : SystemFailure(.writing, code: code)
    unlink(aside)
    throw failure
  }

  private static func writeAll(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
    bytes.withUnsafeBytes { bytes in
      var done = 0
      while done < bytes.count {
        let count = Foundation.write(
          descriptor, bytes.baseAddress.map { $0 + done }, bytes.count - done)
        if count < 0 && errno != EINTR { return false }
        done += max(0, count)
      }
      return true
    }
  }
}
