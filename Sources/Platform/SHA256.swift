import CParableDigest
import Foundation

/// The SHA-256 digest of a sequence of bytes (FIPS 180-4).
package struct SHA256 {
  private var state: [UInt32] = [
    0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a,
    0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19,
  ]
  /// What does not fill a block yet.
  private var rest: [UInt8] = []
  private var byteCount: UInt64 = 0

  private static let blockByteCount = 64

  /// Starts with no bytes.
  package init() {}

  /// Appends `bytes` to what is digested.
  package mutating func update(_ bytes: UnsafeRawBufferPointer) {
    byteCount += UInt64(bytes.count)
    var bytes = bytes[...]
    if !rest.isEmpty {
      let missing = bytes.prefix(Self.blockByteCount - rest.count)
      rest.append(contentsOf: missing)
      bytes = bytes.dropFirst(missing.count)
      guard rest.count == Self.blockByteCount else { return }
      rest.withUnsafeBytes { Self.fold($0, into: &state) }
      rest.removeAll(keepingCapacity: true)
    }
    let whole = bytes.count / Self.blockByteCount * Self.blockByteCount
    Self.fold(UnsafeRawBufferPointer(rebasing: bytes.prefix(whole)), into: &state)
    rest.append(contentsOf: bytes.dropFirst(whole))
  }

  /// The digest, 32 bytes; call it once.
  package mutating func finalize() -> [UInt8] {
    let bitCount = byteCount * 8
    // One bit, then zeros until the length's eight bytes fill the last block.
    let zeroCount = (2 * Self.blockByteCount - 9 - rest.count) % Self.blockByteCount
    var padding: [UInt8] = [0x80]
    padding.append(contentsOf: repeatElement(0, count: zeroCount))
    withUnsafeBytes(of: bitCount.bigEndian) { padding.append(contentsOf: $0) }
    padding.withUnsafeBytes { update($0) }
    return state.flatMap { word in withUnsafeBytes(of: word.bigEndian) { Array($0) } }
  }

  /// The digest of `bytes` in lower-case hexadecimal digits.
  package static func hexDigest(of bytes: UnsafeRawBufferPointer) -> String {
    var digest = SHA256()
    digest.update(bytes)
    return digest.hexDigest()
  }

  /// The digest of the file at `path` in lower-case hexadecimal digits, read piece by piece;
  /// folders, devices and pipes are refused.
  package static func hexDigest(ofFile path: String) throws -> String {
    let (descriptor, _) = try openRegularFile(path)
    defer { close(descriptor) }
    var digest = SHA256()
    var piece = [UInt8](repeating: 0, count: 1 << 18)
    while true {
      let count = piece.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
      if count == 0 { return digest.hexDigest() }
      guard count > 0 || errno == EINTR else {
        throw FileError.reading(path)
      }
      piece.withUnsafeBytes {
        digest.update(UnsafeRawBufferPointer(rebasing: $0.prefix(max(count, 0))))
      }
    }
  }

  /// The digest in lower-case hexadecimal digits; call it once.
  package mutating func hexDigest() -> String {
    let digits = Array("0123456789abcdef".utf8)
    let text = finalize().flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
    return String(decoding: text, as: UTF8.self)
  }

  private static func fold(_ blocks: UnsafeRawBufferPointer, into state: inout [UInt32]) {
    guard let start = blocks.baseAddress, !blocks.isEmpty else { return }
    parable_sha256_blocks(
      &state, start.assumingMemoryBound(to: UInt8.self), blocks.count / blockByteCount)
  }
}
