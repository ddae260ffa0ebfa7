import ParableSettings
import Testing

@Suite struct TimeSpanTests {
  @Test(arguments: [
    ("90s", 90), ("10m", 600), ("3h55m", 14_100), ("1d12h", 129_600), ("5400", 5400),
    ("1d2h3m4s", 93_784), ("2h5", 7205),
  ])
  func whatPeopleWriteIsRead(_ text: String, _ seconds: Int) {
    #expect(TimeSpan(text)?.seconds == seconds)
  }

  @Test(arguments: [
    "", "0", "0s", "-5m", "5x", "1.5h", "m", "5m3h", "3h 55m", "99999999999999999999d",
    "9999999999h",
  ])
  func whatIsNoTimeIsRefused(_ text: String) {
    #expect(TimeSpan(text) == nil)
  }

  @Test(arguments: ["1s", "1m", "3h55m", "2d1s"])
  func itIsShownAsItIsTyped(_ text: String) {
    #expect(TimeSpan(text)?.description == text)
  }
}
