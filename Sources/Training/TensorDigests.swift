import ParableFormats
import ParablePlatform

extension Manifest {
  /// What stands for a file's header among the names of its tensors, which are never empty.
  private static let header = ""

  /// Whether a file of this name has tensors.
  static func hasTensors(_ name: String) -> Bool { name.hasSuffix(".safetensors") }

  /// A quick digest of each tensor of a safetensors file by its name, and of its header by the empty one.
  ///
  /// Every byte of the file is in one of them.
  package static func tensorDigests(ofFile path: String) throws -> [String: String] {
    let file = try SafetensorsFile(path: path)
    var digests: [String: String] = [:]
    digests[header] = file.withHeader(digest)
    for tensor in file.tensors {
      digests[tensor.name] = try file.withBytes(tensor.name, digest)
    }
    return digests
  }

  private static func digest(_ bytes: UnsafeRawBufferPointer) -> String {
    ContentDigest.text(of: ContentDigest.parts(of: bytes))
  }

  /// Where in a safetensors file the damage is, as part of a sentence; nil where nothing is known of it.
  static func damagedPart(ofFile path: String, _ digests: [String: String]) -> String? {
    guard let found = try? tensorDigests(ofFile: path), found[header] == digests[header] else {
      // A damaged header says neither where tensors begin nor what they are called.
      return isHeaderWhole(ofFile: path, digests) ? "in its length" : "in its header"
    }
    let names = found.keys.sorted().filter { found[$0] != digests[$0] }
    guard let name = names.first else { return nil }
    return "in tensor \(quoted(name))" + (names.count > 1 ? " and \(names.count - 1) more" : "")
  }

  private static func isHeaderWhole(ofFile path: String, _ digests: [String: String]) -> Bool {
    guard let file = try? MappedFile(path: path) else { return false }
    return file.withBytes { bytes in
      guard bytes.count >= 8 else { return false }
      let end = 8 + min(UInt64(littleEndian: bytes.loadUnaligned(as: UInt64.self)), 1 << 32)
      return end <= bytes.count
        && digest(UnsafeRawBufferPointer(rebasing: bytes[..<Int(end)])) == digests[header]
    }
  }
}
