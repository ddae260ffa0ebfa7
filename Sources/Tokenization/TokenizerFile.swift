import Foundation
import ParableFormats
import ParablePlatform

/// A file whose bytes break a rule of its format, as said behind the file's name.
struct MalformedContent: Error {
  let detail: String
}

/// Reads whole files with errors that name them.
enum TokenizerFile {
  /// Whether there is a file or a folder; a path that ends in a slash is a folder's.
  static func exists(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0
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

  /// Reads a file, without the byte order mark that some programs put first, and makes something of
  /// it; a failure names the file.
  static func reading<Content>(
    _ path: String, _ make: ([UInt8]) throws -> Content
  ) throws -> Content {
    let bytes = Array(try contents(ofFile: path).withoutByteOrderMark)
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
}
