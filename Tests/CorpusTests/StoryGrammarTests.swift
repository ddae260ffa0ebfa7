import Foundation
import ParableCorpus
import Testing

@Suite struct StoryGrammarTests {
  private static let sample = (0..<1_000).map(StoryGrammar(seed: 1).story)

  /// The built-in corpus of a version never changes: runs without a corpus compare across machines.
  @Test func storiesStayWhatTheyWere() {
    #expect(fingerprint(StoryGrammar(seed: 1).text(of: 0..<100)) == 17_616_073_992_192_620_968)
    let questions = (0..<100).flatMap { StoryGrammar(seed: 1).questions(about: $0) }
    #expect(
      fingerprint(questions.map { $0.question + $0.choices.joined() }.joined())
        == 16_507_386_704_422_818_631)
  }

  @Test func anyPartIsThatOfTheWhole() {
    let grammar = StoryGrammar(seed: 8)
    let whole = grammar.text(of: 0..<20)
    #expect(grammar.text(of: 0..<7) + grammar.text(of: 7..<20) == whole)
    #expect(grammar.story(13) == grammar.story(13))
    #expect(whole.hasSuffix("\n<|endoftext|>\n"))
    let stories = whole.components(separatedBy: "\n<|endoftext|>\n").dropLast()
    #expect(Array(stories) == (0..<20).map(grammar.story))
  }

  @Test func seedsTellStoriesOfTheirOwn() {
    let stories = (0..<20 as Range<UInt64>).flatMap { seed in
      (0..<10).map(StoryGrammar(seed: seed).story)
    }
    #expect(Set(stories).count == stories.count)
  }

  @Test func storiesAreVaried() {
    #expect(StoryGrammar.plots.count >= 20)
    #expect(Set(Self.sample).count == Self.sample.count)
    let sentences = Self.sample.flatMap(sentences(of:))
    let share = Double(Set(sentences).count) / Double(sentences.count)
    #expect(share > 0.84)
    let words = Set(Self.sample.flatMap(words(of:)).map { $0.lowercased() })
    #expect((1_500...2_500).contains(words.count))
  }

  @Test func storiesAreAsLongAsSmallChildrenLike() {
    let lengths = Self.sample.map { $0.split(whereSeparator: \.isWhitespace).count }.sorted()
    #expect((150...210).contains(lengths[500]))
    #expect(lengths[50] >= 120 && lengths[950] <= 250)
    let bytes = Self.sample.reduce(0) { $0 + $1.utf8.count + 15 } / Self.sample.count
    #expect((4_000_000...8_000_000).contains(bytes * StoryGrammar.defaultStoryCount))
  }

  @Test func storiesAreWrittenWell() {
    for story in Self.sample.prefix(400) {
      for slip in slips(in: story) {
        Issue.record("\(slip) in: \(story)")
      }
    }
  }

  @Test(
    arguments: [
      "He saw a owl.", "It was an dog.", "A old man came.", "He had  two.", "A {toy} fell.",
      "He [ran|sat].", "He ran .", "he ran.", "He ran. she sat.", "\"Hello said Tom.", "He ran",
      "He \"ran\" \"Yes.\"",
    ])
  func slipsAreSeen(text: String) {
    #expect(!slips(in: text).isEmpty)
  }

  @Test func filesHoldTheStoriesAndTheirQuestions() throws {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("stories-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
    defer { try? FileManager.default.removeItem(at: folder) }
    let grammar = StoryGrammar(seed: 3)
    var parts: [UInt8] = []
    try grammar.write(0..<30) { parts += $0 }
    #expect(String(decoding: parts, as: UTF8.self) == grammar.text(of: 0..<30))

    let path = folder.appendingPathComponent("questions.json").path
    for count in [0, 10, 45] {
      var parts = Data()
      let written = try grammar.writeQuestions(count, about: 0..<30) { parts += $0 }
      try parts.write(to: URL(fileURLWithPath: path))
      #expect(written == count)
      guard count > 0 else { continue }
      let questions = try QuestionSet(path: path).questions
      #expect(questions.count == count)
      #expect(Set(questions.map(\.id)).count == count)
      #expect(Set(questions.map(\.context)).count == min(count, 30))
    }
    let all = (0..<3).flatMap { grammar.questions(about: $0) }
    #expect(try grammar.writeQuestions(10_000, about: 0..<3) { _ in } == all.count)
  }
}

/// FNV-1a over the bytes of a text.
private func fingerprint(_ text: String) -> UInt64 {
  text.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
}

private func words(of story: String) -> [Substring] {
  story.split { !($0.isLetter || $0 == "-" || $0 == "'") }
}

/// The sentences of a story; what is said and who says it count as one.
private func sentences(of story: String) -> [String] {
  let words = story.split(whereSeparator: \.isWhitespace)
  var sentences: [String] = []
  var start = 0
  for (place, word) in words.enumerated() {
    let ends = word.last { $0 != "\"" }.map(".!?".contains) == true
    let isTitle = word.hasSuffix("Mr.") || word.hasSuffix("Mrs.")
    let goesOn = place + 1 < words.count && words[place + 1].first?.isLowercase == true
    if ends && !isTitle && !goesOn {
      sentences.append(words[start...place].joined(separator: " "))
      start = place + 1
    }
  }
  return sentences
}

/// What is wrong with the form of a story.
private func slips(in story: String) -> [String] {
  var slips: [String] = []
  let bytes = Array(story.utf8)
  let (spaces, marks) = (Array(" \n".utf8), Array(".,!?".utf8))
  for (byte, next) in zip(bytes, bytes.dropFirst()) {
    if spaces.contains(byte) && (spaces.contains(next) || marks.contains(next)) {
      slips.append("a space too many")
    }
    if marks.contains(byte) && marks.contains(next) { slips.append("two marks in a row") }
    if byte == 0x0A && (0x61...0x7A).contains(next) { slips.append("a line in small letters") }
  }
  if bytes.contains(where: { $0 > 0x7E || ($0 < 0x20 && $0 != 0x0A) }) {
    slips.append("a character that is not plain")
  }
  if story.contains(where: "{}[]|*=_".contains) { slips.append("a slot") }
  if story.first?.isLowercase == true { slips.append("a start in small letters") }
  if ![".", "!", "?"].contains(story.last { $0 != "\"" }) { slips.append("no end") }
  for line in story.split(separator: "\n") where line.count(where: { $0 == "\"" }) % 2 == 1 {
    slips.append("an open quotation")
  }
  if story.contains("\" \"") { slips.append("two speakers on one line") }

  let words = story.split(whereSeparator: \.isWhitespace)
  for (word, next) in zip(words, words.dropFirst()) {
    let bare = next.drop { !$0.isLetter }.lowercased()
    let article = word.drop { !$0.isLetter }.lowercased()
    let spokenAsVowel =
      bare.hasPrefix("hour") || bare.hasPrefix("honest")
      || (bare.first.map("aeiou".contains) == true
        && !["one", "uni", "use"].contains { bare.hasPrefix($0) })
    if article == "a" && spokenAsVowel || article == "an" && !spokenAsVowel {
      slips.append("the article of \(bare)")
    }
    if next == word { slips.append("a word twice") }
    let endsSentence = word.hasSuffix(".") || word.hasSuffix("!") || word.hasSuffix("?")
    if endsSentence && next.first?.isLowercase == true { slips.append("a small letter") }
  }
  return slips
}
