import Answering
import CommandLineInterface
import Corpus
import Formats
import Foundation
import Platform

/// `worker practice`: questions made from texts, to learn reading from.
enum PracticeCommand: Command {
  static let name = "practice"
  static let summary = "make practice questions from texts and from questions with answers"
  static let discussion = [
    "A sentence loses a phrase and is asked by some of its words; given questions get passages cut "
      + "to the sentences around the answer. Wrong choices come from the same sentences and from "
      + "other texts. --documents writes whole questions with their right answers as text for "
      + "pretrain."
  ]

  static let groups = [
    OptionGroup(
      "From",
      [
        .text(
          "questions", "FILE", "questions with answers, or with choices",
          isRepeatable: true, isRequired: true),
        .integer("seed", "N", "where all chance comes from", minimum: 0, default: 1),
      ]),
    OptionGroup(
      "To",
      [
        .text("output", "FILE", "practice questions", isRequired: true),
        .integer("count", "N", "how many of them", minimum: 1, default: 100_000),
        .integer("sentences", "N", "most sentences of a passage", minimum: 2, default: 4),
        .text("documents", "FILE", "text for pretrain", unlessGiven: "none"),
        .integer(
          "document-count", "N", "practice questions in that text, beside the given ones",
          minimum: 0, default: 10_000),
        .choice(
          "format", QuestionFormat.allCases.map(\.rawValue), "how a question becomes a document",
          default: QuestionFormat.questionTwice.rawValue),
      ]),
  ]

  static func run(_ invocation: Invocation) throws {
    let arguments = invocation.arguments
    let seed = UInt64(arguments.integer("seed") ?? 1)
    let output = try arguments.requiredText("output")
    try checkPlaces(arguments)
    let questions = try arguments.texts("questions").flatMap {
      try OpenQuestionSet(path: $0).questions
    }
    let practice = try PracticeQuestions(questions: questions)
    let most = arguments.integer("sentences") ?? 4
    let count = arguments.integer("count") ?? 1
    try DurableFile.write(to: output) { file in
      let writer = try QuestionWriter(file.write)
      for index in 0..<count {
        try writer.append(practice.question(index, seed: seed, sentences: 2...most))
        invocation.progress.show("\(index + 1) of \(count) questions")
      }
      try writer.close()
    }
    invocation.progress.finish()
    try invocation.output.line("\(count.formatted()) questions: \(output)")
    guard let path = arguments.text("documents") else { return }
    let format = arguments.text("format").flatMap(QuestionFormat.init) ?? .questionTwice
    let made = try (0..<(arguments.integer("document-count") ?? 0)).map {
      try practice.question(count + $0, seed: seed, sentences: 2...max(most, 8))
    }
    let given = questions.map {
      MultipleChoiceQuestion(
        context: $0.context, question: $0.question, choices: [$0.answers[0]], answer: 0)
    }
    let documents = QuestionDocuments(given + made, format: format, seed: seed)
    try documents.write(to: path)
    try invocation.output.line("\(documents.count.formatted()) documents: \(path)")
  }

  /// Results that would take the place of each other, or of what they are made from, are refused.
  private static func checkPlaces(_ arguments: ParsedArguments) throws {
    var taken = Dictionary(
      arguments.texts("questions").map { (place($0), "--questions") }, uniquingKeysWith: { $1 })
    for option in ["output", "documents"] {
      guard let path = arguments.text(option) else { continue }
      // Devices take the place of nothing.
      if !path.hasPrefix("/dev/"), let other = taken.updateValue("--\(option)", forKey: place(path))
      {
        throw arguments.unsuitable(
          "--\(option) is the file of \(other)", remedy: "name another one")
      }
      try OutputPlace.check(file: path)
    }
  }

  /// The one name of a file, whichever way it is written.
  private static func place(_ path: String) -> String {
    URL(fileURLWithPath: path).resolvingSymlinksInPath().path
  }
}
