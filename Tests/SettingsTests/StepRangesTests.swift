import ParableSettings
import Testing

@Suite struct StepRangesTests {
  @Test(arguments: [
    ("810-830", "810-830"), ("5,9-12", "5,9-12"), ("9-12,5", "5,9-12"), ("1-3,2-7,8", "1-8"),
    ("4,4", "4"), ("7-9,1-20", "1-20"), ("\(Int.max)", "\(Int.max)"),
  ])
  func listsAreReadAndWritten(_ text: String, _ written: String) {
    #expect(StepRanges(text)?.description == written)
  }

  @Test(arguments: [
    "", "0", "-3", "3-", "7-3", "a", "1,,2", "1-2-3", "1 2", "+4", "5.0", "٣",
    "9999999999999999999",
  ])
  func otherTextsAreNone(_ text: String) { #expect(StepRanges(text) == nil) }

  @Test func theFirstThatIsMissingIsFound() throws {
    let asked = try #require(StepRanges("3-8,20"))
    #expect(asked.first(upTo: 2, notIn: StepRanges()) == nil)
    #expect(asked.first(upTo: 99, notIn: StepRanges()) == 3)
    #expect(asked.first(upTo: 99, notIn: StepRanges([1...5, 7...7])) == 6)
    #expect(asked.first(upTo: 99, notIn: StepRanges([3...8])) == 20)
    #expect(asked.first(upTo: 19, notIn: StepRanges([1...8])) == nil)
    #expect(asked.count == 7 && asked.contains(20) && !asked.contains(9))
  }
}
