import Foundation
import ParablePlatform

/// `SHA256SUMS` of a folder: the SHA-256 of its manifest and of the files that it lists, as
/// `sha256sum --check` reads them.
struct DigestList: Equatable {
  static let file = "SHA256SUMS"

  /// Digests as hexadecimal digits, by the names of the files.
  var digests: [String: String]

  /// The list beside a manifest that consists of these bytes.
  init(of manifest: Manifest, _ bytes: [UInt8]) {
    digests = manifest.sha256
    digests[Manifest.file] = bytes.withUnsafeBytes { SHA256.hexDigest(of: $0) }
  }

  /// Reads the list of a folder as far as it can be read; nil where there is none.
  init?(folder: String) {
    guard let bytes = try? contents(ofFile: folder + "/" + Self.file) else { return nil }
    self.init(bytes)
  }

  /// Reads the lines that are some.
  init(_ bytes: [UInt8]) {
    digests = [:]
    for line in bytes.split(separator: 10) {
      let isEscaped = line.first == Self.backslash
      let parts = (isEscaped ? line.dropFirst() : line).split(
        separator: 32, maxSplits: 1, omittingEmptySubsequences: false)
      guard parts.count == 2, parts[0].count == 64, parts[1].first == 32 else { continue }
      let name = String(decoding: parts[1].dropFirst(), as: UTF8.self)
      // A byte a character, whatever it is.
      let digest = String(String.UnicodeScalarView(parts[0].map { Unicode.Scalar($0) }))
      digests[isEscaped ? Self.unescaped(name) : name] = digest
    }
  }

  /// The lines, in the order of the names.
  var bytes: [UInt8] {
    digests.sorted { $0.key < $1.key }.flatMap { name, digest in
      let escaped = name.replacing("\\", with: "\\\\").replacing("\n", with: "\\n")
        .replacing("\r", with: "\\r")
      return Array("\(escaped == name ? "" : "\\")\(digest)  \(escaped)\n".utf8)
    }
  }

  func write(in folder: String) throws {
    try DurableFile.write(bytes, to: folder + "/" + Self.file)
  }

  static func remove(in folder: String) throws {
    guard unlink(folder + "/" + file) == 0 || errno == ENOENT else {
      throw FileError.writing(folder + "/" + file)
    }
  }

  /// Whether the list says that the manifest, whose digest this is, is another than that beside which it
  /// was written.
  ///
  /// A manifest that differs has a digest that differs in most of its digits; one that differs in few
  /// is the list's own damage.
  func contradicts(manifest digest: String) -> Bool {
    guard let listed = digests[Manifest.file] else { return false }
    return zip(listed.unicodeScalars, digest.unicodeScalars).filter { $0 != $1 }.count > 8
  }

  private static let backslash = UInt8(ascii: "\\")

  private static func unescaped(_ name: String) -> String {
    var text = ""
    var rest = name.unicodeScalars[...]
    while let scalar = rest.popFirst() {
      guard scalar == "\\", let next = rest.popFirst() else {
        text.unicodeScalars.append(scalar)
        continue
      }
      text.unicodeScalars.append(next == "n" ? "\n" : next == "r" ? "\r" : next)
    }
    return text
  }
}
