import Foundation
import ParableAnswering
import ParableCommandLineInterface
import ParableCorpus
import ParablePlatform
import ParableSettings

enum ClozeCommand: Command {
  static let name = "cloze"
  static let oldNames = ["practice"]
  static let summary = "make cloze questions from texts and from questions with answers"
  static let discussion = [
    "A sentence loses a phrase and is asked by some of its words; given questions get passages cut "
      + "to the sentences around the answer. Wrong choices come from the same sentences and from "
      + "other texts. --documents writes whole questions with their right answers as text for "
      + "pretrain."
  ]

  struct Options: DeclaredSettings {
    var questions: [String] = []
    var seed: UInt64 = 1
    var output = ""
    var count = 100_000
    var sentences = 4
    var documents: String?
    var documentCount = 10_000
    var format = QuestionFormat.questionTwice

    static var settings: [Setting<Options>] {
      Setting(\.questions, "questions", "questions with answers, or with choices", unit: "FILE")
        .required.heading("From")
      Setting(\.seed, "seed", "where all chance comes from", in: .from(0))
      Setting(\.output, "output", "cloze questions", unit: "FILE").required.heading("To")
      Setting(\.count, "count", "how many of them", unit: "QUESTIONS", in: .from(1))
      Setting(
        \.sentences, "sentences", "most sentences of a passage", unit: "SENTENCES", in: .from(2))
      Setting(\.documents, "documents", "text for pretrain", unit: "FILE").unlessGiven("none")
      Setting(
        \.documentCount, "documentCount", "cloze questions in that text, beside the given ones",
        unit: "QUESTIONS", in: .from(0))
      Setting(choice: \.format, "format", "how a question becomes a document")
    }
  }

  static func run(_ invocation: Invocation<Options>) throws {
    let options = invocation.options
    let (seed, output, count) = (options.seed, options.output, options.count)
    try checkPlaces(invocation.arguments)
    let questions = try options.questions.flatMap {
      try OpenQuestionSet(path: $0).questions
    }
    let cloze = try ClozeQuestions(questions: questions)
    try DurableFile.write(to: output) { file in
      let writer = try QuestionWriter(file.write)
      for index in 0..<count {
        try writer.append(cloze.question(index, seed: seed, sentences: 2...options.sentences))
        invocation.progress.show("\(index + 1) of \(count) questions")
      }
      try writer.close()
    }
    invocation.progress.finish()
    try invocation.output.line("\(count.formatted()) questions: \(output)")
    guard let path = options.documents else { return }
    let made = try (0..<options.documentCount).map {
      try cloze.question(count + $0, seed: seed, sentences: 2...max(options.sentences, 8))
    }
    let given = questions.map {
      MultipleChoiceQuestion(
        context: $0.context, question: $0.question, choices: [$0.answers[0]], answer: 0)
    }
    let documents = QuestionDocuments(given + made, format: options.format, seed: seed)
    try documents.write(to: path)
    try invocation.output.line("\(documents.count.formatted()) documents: \(path)")
  }

  /// Results that would take the place of each other, or of what they are made from, are refused.
  private static func checkPlaces(_ arguments: ParsedArguments<Options>) throws {
    let options = arguments.options
    var taken = Dictionary(
      options.questions.map { (place($0), "--questions") }, uniquingKeysWith: { $1 })
    for (option, path) in [("--output", options.output), ("--documents", options.documents)] {
      guard let path else { continue }
      // Devices take the place of nothing.
      if !path.hasPrefix("/dev/"), let other = taken.updateValue(option, forKey: place(path)) {
        throw arguments.unsuitable(
          "\(option) is the file of \(other)", remedy: "name another one")
      }
      try OutputPlace.check(file: path)
    }
  }

  /// The one name of a file, whichever way it is written.
  private static func place(_ path: String) -> String {
    URL(fileURLWithPath: path).resolvingSymlinksInPath().path
  }
}
