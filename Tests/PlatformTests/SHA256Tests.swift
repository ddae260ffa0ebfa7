import CParableDigest
import ParablePlatform
import TestSupport
import Testing

@Suite("SHA-256")
struct SHA256Tests {
  private func digest(_ bytes: [UInt8]) -> String {
    bytes.withUnsafeBytes { SHA256.hexDigest(of: $0) }
  }

  @Test(
    "The standard's examples",
    arguments: [
      ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
      ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
      (
        "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
      ),
      (
        String(repeating: "a", count: 1_000_000),
        "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"
      ),
    ])
  func examples(text: String, expected: String) { #expect(digest(Array(text.utf8)) == expected) }

  @Test("Every length and every cut give the digest of the whole")
  func cuts() {
    let bytes = (0..<200).map { UInt8(truncatingIfNeeded: $0 * 37) }
    for count in [0, 1, 55, 56, 57, 63, 64, 65, 119, 120, 127, 128, 129, 200] {
      let whole = Array(bytes[..<count])
      for piece in [1, 3, 63, 64, 65] {
        var pieces = SHA256()
        for start in stride(from: 0, to: count, by: piece) {
          whole[start..<min(start + piece, count)].withUnsafeBytes { pieces.update($0) }
        }
        let digits = pieces.finalize().map { byte in
          (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }
        #expect(digits.joined() == digest(whole))
      }
    }
  }

  @Test("The processor's instructions agree with the plain loop")
  func variants() {
    let blocks = (0..<64 * 5).map { UInt8(truncatingIfNeeded: $0 * $0 + 11) }
    var plain = (0..<8).map { UInt32($0) &* 0x9E37_79B9 }
    var chosen = plain
    parable_sha256_blocks_plain(&plain, blocks, 5)
    parable_sha256_blocks(&chosen, blocks, 5)
    #expect(plain == chosen)
  }

  @Test("Files are digested piece by piece")
  func files() throws {
    let folder = try TemporaryFolder()
    let bytes = [UInt8](repeating: 7, count: (1 << 18) + 33)
    let path = try folder.write(bytes, to: "x")
    #expect(try SHA256.hexDigest(ofFile: path) == digest(bytes))
    #expect(throws: FileError.self) { try SHA256.hexDigest(ofFile: folder.file("absent")) }
    #expect(throws: FileError.self) { try SHA256.hexDigest(ofFile: folder.path) }
  }
}
