import Testing

/// Expects every number to be within absolute + relative · |expected| of what is expected, and NaN
/// exactly where it is expected; the first one that is not is reported.
package func expectClose<Actual: BinaryFloatingPoint, Expected: BinaryFloatingPoint>(
  _ actual: [Actual], _ expected: [Expected], absolute: Double, relative: Double,
  _ name: @autoclosure () -> String = "element",
  sourceLocation: SourceLocation = #_sourceLocation
) {
  guard actual.count == expected.count else {
    Issue.record(
      "\(name()): \(actual.count) elements, not \(expected.count)", sourceLocation: sourceLocation)
    return
  }
  for (i, (found, wanted)) in zip(actual, expected).enumerated() {
    let (found, wanted) = (Double(found), Double(wanted))
    let isClose =
      found == wanted || (found.isNaN && wanted.isNaN)
      || abs(found - wanted) <= absolute + relative * abs(wanted)
    guard isClose else {
      Issue.record("\(name())[\(i)] is \(found), not \(wanted)", sourceLocation: sourceLocation)
      return
    }
  }
}
