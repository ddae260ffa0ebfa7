import CParableInstructions
import ParablePlatform
import Testing

@Suite("Checksums", .serialized)
struct ChecksumTests {
  private func checksum(_ bytes: [UInt8]) -> UInt64 {
    bytes.withUnsafeBytes { ParablePlatform.checksum(of: $0) }
  }

  private func sample(_ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: ($0 * 131 + 7) >> 2) }
  }

  /// As whole numbers without a limit give them, in Python.
  @Test(
    "The same with every instruction set",
    arguments: [
      (0, 0), (1, 0x5290_d3f4_34b0_9372), (63, 0x67bf_3177_7b30_ee30),
      (64, 0xfba8_bd6f_d7fb_2c7e), (65, 0x450d_20f9_47e7_6e4), (1023, 0xe43e_c678_2720_61c4),
      (1024, 0x8c1c_d518_6107_429b), (5000, 0x861d_4a42_7cb2_ea),
    ] as [(Int, UInt64)])
  func values(count: Int, expected: UInt64) {
    let before = parable_active_instruction_set()
    defer { parable_select_instruction_set(before) }
    for set in [PARABLE_BASELINE, PARABLE_AVX2, PARABLE_AVX512] {
      parable_select_instruction_set(set)
      #expect(checksum(sample(count)) == expected)
    }
  }

  @Test("Any flipped bit, any cut end and any two blocks that change places are seen")
  func changes() {
    for count in [0, 1, 64, 100, 2000] {
      var bytes = sample(count)
      var seen: Set<UInt64> = [checksum(bytes), checksum(bytes + [0])]
      #expect(seen.count == 2)
      for bit in 0..<8 * count {
        bytes[bit / 8] ^= 1 << (bit % 8)
        #expect(seen.insert(checksum(bytes)).inserted)
        bytes[bit / 8] ^= 1 << (bit % 8)
      }
    }
    let (first, second) = ([UInt8](repeating: 1, count: 64), [UInt8](repeating: 2, count: 64))
    #expect(checksum(first + second) != checksum(second + first))
  }
}
