/// Words of one kind with their forms, one of which a story draws for each of its slots.
struct WordPool: Sendable {
  let name: String
  /// Pools of one group can stand in for each other as wrong choices.
  let group: String
  let forms: [String]
  let entries: [[String]]

  /// Reads a table with one entry a line, its forms separated by semicolons.
  init(_ name: String, group: String? = nil, forms: String = "name", _ table: String) {
    self.name = name
    self.group = group ?? name
    self.forms = forms.split(separator: " ").map(String.init)
    entries = table.split(separator: "\n").map { line in
      line.split(separator: ";").map { String($0.drop { $0 == " " }) }
    }
    check()
  }

  /// Reads a list of words that have one form only.
  init(_ name: String, group: String? = nil, list: String) {
    self.name = name
    self.group = group ?? name
    forms = ["name"]
    entries = list.split(separator: "\n").joined(separator: ", ").split(separator: ",").map {
      [String($0.drop { $0 == " " })]
    }.filter { $0 != [""] }
    check()
  }

  /// Reads the names of people or animals, with pronouns that agree.
  init(_ name: String, group: String, female: String, male: String, kinds: (String, String)) {
    self.name = name
    self.group = group
    forms = ["name", "he", "him", "his", "himself", "sibling", "kind"]
    func people(_ list: String, _ pronouns: [String]) -> [[String]] {
      WordPool(name, list: list).entries.map { $0 + pronouns }
    }
    entries =
      people(female, ["she", "her", "her", "herself", "sister", kinds.0])
      + people(male, ["he", "him", "his", "himself", "brother", kinds.1])
    check()
  }

  private func check() {
    precondition(
      entries.allSatisfy { $0.count == forms.count },
      "every entry of \(name) has the forms \(forms)")
    precondition(Set(entries.map { $0[0] }).count == entries.count, "\(name) repeats an entry")
  }
}

/// All pools, found by name, with the short names that the templates use for people.
struct Lexicon: Sendable {
  static let english = Lexicon(people + things + surroundings + activities)

  let pools: [WordPool]
  /// For every pool, the pools of its group.
  let groups: [[Int]]
  private let places: [String: Int]

  /// Names for the first people of a story.
  private static let aliases = [
    "hero": "child1", "friend": "child2", "other": "child3", "cousin": "child8",
    "he": "child1.he", "him": "child1.him", "his": "child1.his", "himself": "child1.himself",
  ]

  init(_ pools: [WordPool]) {
    self.pools = pools
    groups = pools.map { pool in pools.indices.filter { pools[$0].group == pool.group } }
    places = Dictionary(uniqueKeysWithValues: pools.enumerated().map { ($1.name, $0) })
  }

  /// Finds what a template calls `animal`, `animal2` or `animal2.plural`.
  func slot(named text: String) -> (slot: StorySlot, form: Int) {
    var parts = text.split(separator: ".", maxSplits: 1).map(String.init)
    if let alias = Self.aliases[parts[0]] {
      parts = alias.split(separator: ".").map(String.init) + parts.dropFirst()
    }
    let digits = parts[0].reversed().prefix { $0.isNumber }
    let name = String(parts[0].dropLast(digits.count))
    guard let pool = places[name] else { preconditionFailure("there are no words for {\(text)}") }
    guard let form = parts.count > 1 ? pools[pool].forms.firstIndex(of: parts[1]) : 0 else {
      preconditionFailure("\(name) has no form for {\(text)}")
    }
    return (StorySlot(pool: pool, number: Int(String(digits.reversed())) ?? 1), form)
  }
}

/// A place in a story's cast: the number-th word of a pool.
struct StorySlot: Hashable, Sendable {
  static let numbers = 10
  let pool: Int
  let number: Int

  var index: Int { pool * Self.numbers + number }
}
