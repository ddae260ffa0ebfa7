import Foundation
import ParableFormats
import ParablePlatform

/// A file whose bytes break a rule of its format, as said behind the file's name.
struct MalformedContent: Error {
  let detail: String
}

/// Reads and writes whole files with errors that name them.
enum TokenizerFile {
  /// Whether there is a file or a folder; a path that ends in a slash is a folder's.
  static func exists(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0
  }

  /// A file's bytes, without the byte order mark that some programs put first.
  static func read(_ path: String) throws -> [UInt8] {
    Array(try contents(ofFile: path).withoutByteOrderMark)
  }

  /// Reads a file of JSON and makes something of it; a failure names the file.
  static func readingJSON<Content>(
    _ path: String, _ make: (inout JSONReader) throws -> Content
  ) throws -> Content {
    try reading(path) { bytes in
      try bytes.withUnsafeBytes { bytes in
        var reader = JSONReader(bytes)
        let content = try make(&reader)
        try reader.end()
        return content
      }
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
    } catch let failure as JSONFailure {
      throw TokenizationError.malformed(path: path, detail: failure.description)
    } catch let content as MalformedContent {
      throw TokenizationError.malformed(path: path, detail: content.detail)
    } catch let feature as UnsupportedFeature {
      throw TokenizationError.unsupported(
        path: path, detail: feature.detail, remedy: feature.remedy)
    }
  }

  /// Writes a file whole or not at all, and makes the folder that it is to be in.
  static func write(_ bytes: [UInt8], to path: String) throws {
    if let slash = path.lastIndex(of: "/"), slash != path.startIndex {
      try makeFolder(String(path[..<slash]))
    }
    try DurableFile.write(bytes, to: path)
  }
}
