/// The numbers of a list as Linux writes it, `0-3,8`; what is no number in it is passed over.
package func processorNumbers(in list: some StringProtocol) -> [Int] {
  list.split(separator: ",").flatMap { part -> [Int] in
    let ends = part.split(separator: "-").compactMap { end in
      Int(end.drop(while: \.isWhitespace).prefix { !$0.isWhitespace })
    }
    guard let first = ends.first, let last = ends.last, first <= last else { return [] }
    return Array(first...last)
  }
}
