import ParableCommandLineInterface
import ParableCorpus
import ParablePlatform
import ParableSettings

enum StoriesCommand: Command {
  static let name = "stories"
  static let summary = "write stories of the built-in grammar, and questions about them"

  struct Options: DeclaredSettings {
    var count = StoryGrammar.defaultStoryCount
    var seed: UInt64 = 1
    var output = ""
    var questions: String?
    var questionCount: Int?
    var sentences: Int?

    static var settings: [Setting<Options>] {
      Setting(\.count, "count", "stories to write", unit: "STORIES", in: .from(1))
        .heading("Stories")
      Setting(\.seed, "seed", "which stories", in: .from(0))
      Setting(\.output, "output", "where the stories go", unit: "FILE").required
      Setting(\.questions, "questions", "where questions about these stories go", unit: "FILE.json")
      Setting(
        \.questionCount, "questionCount", "questions to write", unit: "QUESTIONS", in: .from(1)
      ).unlessGiven("as many as stories")
      Setting(
        \.sentences, "sentences", "most sentences of a question's passage", unit: "SENTENCES",
        in: .from(1)
      ).unlessGiven("the whole story")
    }
  }

  static func run(_ invocation: Invocation<Options>) throws {
    let options = invocation.options
    let (count, output) = (options.count, options.output)
    let grammar = StoryGrammar(seed: options.seed)
    for (option, number) in [
      ("--question-count", options.questionCount), ("--sentences", options.sentences),
    ] where number != nil && options.questions == nil {
      throw invocation.arguments.unsuitable(
        "\(option) needs a file", remedy: "name it with --questions FILE.json")
    }
    try options.questions.map(OutputPlace.check(file:))
    try DurableFile.write(to: output) { try grammar.write(0..<count, to: $0.write) }
    try invocation.output.line("\(count) stories: \(output)")
    guard let questions = options.questions else { return }
    var written = 0
    try DurableFile.write(to: questions) { file in
      written = try grammar.writeQuestions(
        options.questionCount ?? count, about: 0..<count,
        sentences: options.sentences, to: file.write)
    }
    try invocation.output.line("\(written) questions: \(questions)")
  }
}
