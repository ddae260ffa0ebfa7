import ParablePlatform
import Testing

@Suite struct ProcessorListTests {
  @Test(
    arguments: [
      ("0-3,8", [0, 1, 2, 3, 8]), ("5", [5]), (" 1 - 2 \n", [1, 2]), ("", []), ("x,2", [2]),
      ("3-1", []),
      // Nobody has so many, and nobody has memory for a list of them.
      ("0-9223372036854775807,4", [4]), ("0-922337207,8", [8]), ("99999999999999999999,1", [1]),
    ] as [(String, [Int])])
  func listsAreReadWithinReason(_ text: String, _ numbers: [Int]) {
    #expect(processorNumbers(in: text) == numbers)
  }

  @Test func manyRangesAreNoMoreThanOne() {
    let list = Array(repeating: "0-65535", count: 500).joined(separator: ",")
    #expect(processorNumbers(in: list).count == 65_536)
  }
}
