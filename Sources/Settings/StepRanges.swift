/// Numbers of steps as one types them, `810-830` or `5,9-12`: ascending, without gaps between ranges
/// that touch.
package struct StepRanges: Equatable, Sendable {
  /// The ranges, ascending and apart.
  package private(set) var ranges: [ClosedRange<Int>] = []

  /// No step.
  package init() {}

  /// The steps of some ranges, in any order.
  package init(_ ranges: [ClosedRange<Int>]) {
    for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
      guard let last = self.ranges.last, range.lowerBound - 1 <= last.upperBound else {
        self.ranges.append(range)
        continue
      }
      self.ranges[self.ranges.count - 1] =
        last.lowerBound...max(last.upperBound, range.upperBound)
    }
  }

  /// Reads `810-830` or `5,9-12`; nil where the text is no list of steps, which count from 1.
  package init?(_ text: String) {
    var ranges: [ClosedRange<Int>] = []
    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
      let ends = part.split(separator: "-", omittingEmptySubsequences: false).map(Self.number)
      guard ends.count <= 2, case let first?? = ends.first, case let last?? = ends.last,
        first >= 1, first <= last
      else { return nil }
      ranges.append(first...last)
    }
    guard !ranges.isEmpty else { return nil }
    self.init(ranges)
  }

  private static func number(_ text: Substring) -> Int? {
    text.allSatisfy(\.isWholeNumber) ? Int(text) : nil
  }

  /// How many steps they are.
  package var count: Int { ranges.reduce(0) { $0 + $1.count } }

  /// Whether a step is among them.
  package func contains(_ step: Int) -> Bool { range(with: step) != nil }

  /// The range that a step is in; nil where it is in none.
  package func range(with step: Int) -> ClosedRange<Int>? { ranges.first { $0.contains(step) } }

  /// The steps of both.
  package func union(_ other: StepRanges) -> StepRanges { StepRanges(ranges + other.ranges) }

  /// The first step up to `end` that is none of `others`; nil where there is none.
  package func first(upTo end: Int, notIn others: StepRanges) -> Int? {
    for range in ranges where range.lowerBound <= end {
      var step = range.lowerBound
      // Each of the others that holds a step leads behind its own end.
      while let other = others.ranges.first(where: { $0.contains(step) }) {
        step = other.upperBound + 1
      }
      if step <= min(range.upperBound, end) { return step }
    }
    return nil
  }
}

extension StepRanges: CustomStringConvertible {
  /// As one would type them.
  package var description: String {
    ranges.map { $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)-\($0.upperBound)" }
      .joined(separator: ",")
  }
}

extension StepRanges: SettingConvertible {
  package static func form(in range: SettingRange) -> SettingForm { .steps }
  package static var placeholder: String { "STEPS" }
  package var settingValue: SettingValue? { ranges.isEmpty ? nil : .text(description) }

  package init?(setting value: SettingValue) {
    switch value {
    case .text(let text): self.init(text)
    case .integer(let step): self.init("\(step)")
    default: return nil
    }
  }
}
