import CParableDigest

/// A number that tells apart what some bytes were at two moments of one run, the same on every processor.
///
/// It is as quick as memory is. It is for what lives no longer than the run: what is stored has a
/// ``ContentDigest``, which must not change with the version, or a ``SHA256``.
package func checksum(of bytes: UnsafeRawBufferPointer) -> UInt64 {
  let blockByteCount = 64
  var words = [UInt64](repeating: UInt64(bytes.count), count: blockByteCount / 8)
  let blockCount = bytes.count / blockByteCount
  if blockCount > 0 { parable_checksum_blocks(&words, bytes.baseAddress, blockCount) }
  let rest = bytes[(blockCount * blockByteCount)...]
  if !rest.isEmpty {
    let last = Array(rest) + repeatElement(0, count: blockByteCount - rest.count)
    parable_checksum_blocks(&words, last, 1)
  }
  return words.reduce(0) { sum, word in
    let product = (sum ^ word) &* 0x9E37_79B9_7F4A_7C15
    return product ^ product >> 32
  }
}
