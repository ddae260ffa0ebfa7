import ParableSettings

/// The name among `names` that `wrong` was most likely meant to be: one that begins with it, else
/// the one at the smallest edit distance, the first of equals.
///
/// Nil where none is near, within a third of the letters: a wrong hint is worse than none.
package func nearestName(to wrong: String, among names: [String]) -> String? {
  let scored = names.map { name in
    let isBeginning = wrong.count >= 2 && name.hasPrefix(wrong)
    return (name: name, distance: isBeginning ? 0 : editDistance(wrong, name))
  }
  guard let nearest = scored.min(by: { $0.distance < $1.distance }) else { return nil }
  return nearest.distance <= wrong.count / 3 ? nearest.name : nil
}

/// The name nearest to `wrong` among the keys and names of settings, and others, with its setting.
func nearestSetting<Root>(
  to wrong: String, among settings: [Setting<Root>], and others: [String] = []
) -> (name: String, setting: Setting<Root>?)? {
  let names = settings.flatMap { [$0.key] + $0.names } + others
  return nearestName(to: wrong, among: names).map { name in
    (name, settings.first { $0.key == name || $0.names.contains(name) })
  }
}

/// How many insertions, deletions, substitutions and swaps of neighbours turn `a` into `b`, no
/// place being edited twice (optimal string alignment).
package func editDistance(_ a: String, _ b: String) -> Int {
  let a = Array(a.unicodeScalars)
  let b = Array(b.unicodeScalars)
  // Rows i − 2, i − 1 and i of the table of distances between prefixes.
  var secondLast: [Int] = []
  var last = Array(0...b.count)
  for i in 0..<a.count {
    var row = [i + 1]
    for j in 0..<b.count {
      let substitution = last[j] + (a[i] == b[j] ? 0 : 1)
      var distance = min(substitution, last[j + 1] + 1, row[j] + 1)
      if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] {
        distance = min(distance, secondLast[j - 1] + 1)
      }
      row.append(distance)
    }
    secondLast = last
    last = row
  }
  return last[b.count]
}
