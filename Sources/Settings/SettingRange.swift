/// The numbers that a setting may have.
package struct SettingRange: Equatable, Sendable {
  private let lowest: Double?
  private let highest: Double?
  private let includesLowest: Bool
  private let includesHighest: Bool

  /// Every number.
  package static let all = SettingRange()

  /// `lowest` and everything above it, up to `highest` where that is given.
  package static func from(_ lowest: Double, to highest: Int? = nil) -> SettingRange {
    SettingRange(lowest, highest.map { Double($0) })
  }

  /// `lowest` and everything from it to below `bound`.
  package static func from(_ lowest: Double, below bound: Double) -> SettingRange {
    SettingRange(lowest, bound, includesHighest: false)
  }

  /// Everything above `bound`.
  package static func above(_ bound: Double) -> SettingRange {
    SettingRange(bound, includesLowest: false)
  }

  private init(
    _ lowest: Double? = nil, _ highest: Double? = nil, includesLowest: Bool = true,
    includesHighest: Bool = true
  ) {
    self.lowest = lowest
    self.highest = highest
    self.includesLowest = includesLowest
    self.includesHighest = includesHighest
  }

  /// The lower bound, itself in the range or not.
  var lowerBound: SettingValue? { lowest.map { .number($0) } }

  /// Whether `number` is not below the range's lower bound.
  func isReached(by number: Double) -> Bool { number >= lowest ?? -.infinity }

  /// What to give instead of `number`; nil where it is in the range.
  func remedy(for number: Double) -> String? {
    let isAboveLowest = includesLowest ? isReached(by: number) : number > lowest ?? -.infinity
    let bound = highest ?? .infinity
    let isBelowHighest = number.isFinite && (includesHighest ? number <= bound : number < bound)
    if isAboveLowest && isBelowHighest { return nil }
    if isAboveLowest, includesHighest, let highest { return "give at most \(words(highest))" }
    guard let lowest else { return "choose a finite number" }
    if !includesLowest { return "choose a number above \(words(lowest))" }
    if !includesHighest { return "choose a number from \(words(lowest)) to below \(words(bound))" }
    return "choose a number from \(words(lowest)) up"
  }

  /// The range as help shows it: `from 1`, `1 to 16384`; nil where it has no bounds.
  var words: String? {
    guard let lowest else { return nil }
    guard let highest else { return "\(includesLowest ? "from" : "above") \(words(lowest))" }
    return "\(words(lowest)) to \(includesHighest ? "" : "below ")\(words(highest))"
  }

  private func words(_ number: Double) -> String { SettingValue.number(number).description }
}
