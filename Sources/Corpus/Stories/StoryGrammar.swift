import ParablePlatform

/// The built-in corpus: small stories for small children, written by a seeded grammar.
///
/// A story is a pure function of the seed and its index, so that any rank can write any part and
/// every machine writes the same bytes.
package struct StoryGrammar: Equatable, Sendable {
  /// How many stories make the built-in corpus, about six megabytes.
  package static let defaultStoryCount = 6_000

  /// The line that ends each story in a file.
  package static let endOfText = "<|endoftext|>"

  /// The names of the plots.
  package static var plots: [String] { StoryBook.english.plots.map(\.name) }

  /// What the stories depend on.
  package let seed: UInt64

  /// Makes the grammar of a seed.
  package init(seed: UInt64) {
    self.seed = seed
  }

  /// Writes one story.
  package func story(_ index: Int) -> String {
    told(index).text
  }

  /// Writes some stories as they stand in a file, each with the line that ends it.
  package func text(of stories: Range<Int>) -> String {
    stories.reduce(into: "") { text, index in
      text += story(index)
      text += "\n\(Self.endOfText)\n"
    }
  }

  /// Makes up to `limit` questions about a story, in random order.
  ///
  /// With `sentences` each is about at most so many neighbouring sentences around its answer.
  package func questions(
    about index: Int, limit: Int = .max, sentences: Int? = nil
  ) -> [MultipleChoiceQuestion] {
    precondition(sentences ?? 1 > 0, "a passage has a sentence at least")
    var generator = SplitMix64(seed: ~seed, stream: UInt64(index))
    return StoryQuestions(
      about: told(index), lexicon: StoryBook.english.lexicon, sentences: sentences
    )
    .make(limit: limit, id: "story-\(seed)-\(index)", generator: &generator)
  }

  /// Hands the text of stories to `write`, part by part.
  package func write(
    _ stories: Range<Int>, to write: @escaping (UnsafeRawBufferPointer) throws -> Void
  ) throws {
    let output = TextOutput(write)
    for index in stories { try output.append(text(of: index..<index + 1)) }
    try output.flush()
  }

  /// Hands a file of questions about stories to `write`, spread evenly over them; see
  /// ``questions(about:limit:sentences:)``.
  ///
  /// Returns the number written, which is less than `count` only where the stories do not give as
  /// many.
  @discardableResult
  package func writeQuestions(
    _ count: Int, about stories: Range<Int>, sentences: Int? = nil,
    to write: @escaping (UnsafeRawBufferPointer) throws -> Void
  ) throws -> Int {
    precondition(count >= 0, "questions are counted from zero")
    let writer = try QuestionWriter(write)
    var written = 0
    for (place, index) in stories.enumerated() where written < count {
      // What a story could not give is asked of those after it.
      let due = count * (place + 1)
      let limit = due / stories.count - written
      guard limit > 0 else { continue }
      for question in questions(about: index, limit: limit, sentences: sentences) {
        try writer.append(question)
        written += 1
      }
    }
    try writer.close()
    return written
  }

  private func told(_ index: Int) -> StoryTeller {
    precondition(index >= 0, "stories count from zero")
    let book = StoryBook.english
    var generator = SplitMix64(seed: seed, stream: UInt64(index))
    let plot = book.plots[generator.below(book.plots.count)]
    var teller = StoryTeller(lexicon: book.lexicon, generator: generator)
    teller.tell(plot, scenes: book.shared)
    return teller
  }
}
