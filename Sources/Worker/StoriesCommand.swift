import CommandLineInterface
import Corpus
import Formats
import Platform

/// `worker stories`: the built-in corpus, and questions about it.
enum StoriesCommand: Command {
  static let name = "stories"
  static let summary = "write stories of the built-in grammar, and questions about them"

  static let groups = [
    OptionGroup(
      "Stories",
      [
        .integer(
          "count", "N", "stories to write", minimum: 1, default: StoryGrammar.defaultStoryCount),
        .integer("seed", "S", "which stories", minimum: 0, default: 1),
        .text("output", "FILE", "where the stories go", isRequired: true),
        .text("questions", "FILE.json", "where questions about these stories go"),
        .integer(
          "question-count", "N", "questions to write", minimum: 1, unlessGiven: "as many as stories"
        ),
        .integer(
          "sentences", "N", "most sentences of a question's passage", minimum: 1,
          unlessGiven: "the whole story"),
      ])
  ]

  static func run(_ invocation: Invocation) throws {
    let arguments = invocation.arguments
    let count = arguments.integer("count") ?? StoryGrammar.defaultStoryCount
    let grammar = StoryGrammar(seed: UInt64(arguments.integer("seed") ?? 1))
    for option in ["question-count", "sentences"]
    where arguments.integer(option) != nil && arguments.text("questions") == nil {
      throw arguments.unsuitable(
        "--\(option) needs a file", remedy: "name it with --questions FILE.json")
    }
    let output = try arguments.requiredText("output")
    try arguments.text("questions").map(OutputPlace.check(file:))
    try DurableFile.write(to: output) { try grammar.write(0..<count, to: $0.write) }
    try invocation.output.line("\(count) stories: \(output)")
    guard let questions = arguments.text("questions") else { return }
    var written = 0
    try DurableFile.write(to: questions) { file in
      written = try grammar.writeQuestions(
        arguments.integer("question-count") ?? count, about: 0..<count,
        sentences: arguments.integer("sentences"), to: file.write)
    }
    try invocation.output.line("\(written) questions: \(questions)")
  }
}
