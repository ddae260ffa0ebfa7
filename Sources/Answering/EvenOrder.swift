/// Elements in an order in which halves, quarters and so on have about equal sums of `weight`.
///
/// Ranks take a step's questions in runs of equal count, and wait for the one with the most tokens.
/// The order knows nothing of how many ranks there are, so it changes no result between them.
func evenly<Element>(_ elements: [Element], by weight: (Element) -> Int) -> [Element] {
  let places = elements.indices.sorted { (weight(elements[$0]), $0) > (weight(elements[$1]), $1) }
  return dealt(places).map { elements[$0] }
}

/// What is sorted, dealt to two sides in turns (first, second, second, first), and each side dealt
/// again.
private func dealt(_ sorted: [Int]) -> [Int] {
  guard sorted.count > 1 else { return sorted }
  var sides: [[Int]] = [[], []]
  for (turn, place) in sorted.enumerated() { sides[(turn + 1) / 2 % 2].append(place) }
  return sides.flatMap(dealt)
}
