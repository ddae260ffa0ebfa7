/// The numbers of a list as Linux writes it, `0-3,8`; what is no number in it is passed over, and so is
/// what goes beyond the processors that any machine has.
package func processorNumbers(in list: some StringProtocol) -> [Int] {
  var numbers: [Int] = []
  for part in list.split(separator: ",") {
    let ends = part.split(separator: "-").compactMap { end in
      Int(end.drop(while: \.isWhitespace).prefix { !$0.isWhitespace })
    }
    guard let first = ends.first, let last = ends.last, first <= last, first >= 0,
      last < mostProcessors, numbers.count < mostProcessors
    else { continue }
    numbers += first...last
  }
  return numbers
}

private let mostProcessors = 1 << 16
