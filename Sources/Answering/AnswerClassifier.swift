import Foundation
import ParableCollective
import ParableCorpus
import ParableFormats
import ParableKernels
import ParableModel
import ParablePlatform
import ParableTraining

/// How a classifier was trained to read questions: `classifier.json` of a model directory.
package struct ClassifierConfiguration: Codable, Equatable, Sendable {
  /// How a question becomes a text.
  package var format: QuestionFormat

  /// How a choice's hidden states become one vector.
  package var pooling: Pooling

  static let file = "classifier.json"

  /// Whether a model directory has one.
  static func isThere(in directory: ModelDirectory) -> Bool {
    FileManager.default.fileExists(atPath: directory.path + "/" + file)
  }

  /// Reads it from a model directory.
  init(of directory: ModelDirectory) throws {
    let path = directory.path + "/" + Self.file
    guard Self.isThere(in: directory) else {
      throw AnsweringError.unsuitableModel(
        path: directory.path, reason: "it has no classifier", remedy: "fine-tune it first")
    }
    let data = Data(try contents(ofFile: path))
    do {
      self = try JSONDecoder().decode(Self.self, from: data)
    } catch {
      throw AnsweringError.invalidFile(path: path, reason: "it does not describe a classifier")
    }
  }

  init(format: QuestionFormat, pooling: Pooling) {
    self.format = format
    self.pooling = pooling
  }

  /// What the file has in it.
  var json: [UInt8] { get throws { [UInt8](try JSONEncoder.pretty.encode(self)) + [10] } }
}

/// A fine-tuned model that scores the choices of questions.
package final class AnswerClassifier {
  /// How it reads questions.
  package let configuration: ClassifierConfiguration

  private let communicator: any Communicator
  private let report: (String) -> Void
  private let encoder: QuestionEncoder
  private let parameters: ParameterStorage
  private let precision: Precision

  /// Loads the classifier of a model directory, on every rank; `report` gets facts in one line.
  package init(
    _ directory: ModelDirectory, communicator: any Communicator, precision: Precision = .fp32,
    report: @escaping (String) -> Void = { _ in }
  ) throws {
    configuration = try ClassifierConfiguration(of: directory)
    let context = directory.configuration.context
    guard try directory.hasClassifier else {
      throw AnsweringError.unsuitableModel(
        path: directory.path, reason: "its weights have no classifier",
        remedy: "fine-tune it again")
    }
    parameters = try directory.makeStorage(directory.classifierLayout(context: context))
    try directory.load(into: parameters, classifierSeed: 1)
    encoder = try QuestionEncoder(
      directory.vocabulary, format: configuration.format, context: context)
    self.communicator = communicator
    self.precision = precision
    self.report = report
  }

  /// The logits of the choices of all questions, the same on every rank.
  ///
  /// Throws ``AnsweringError/questionTooLong(name:tokens:context:)`` before anything is computed;
  /// messages name the questions by `source`, their file.
  package func scores(
    _ questions: [MultipleChoiceQuestion], of source: String = "question",
    progress: (_ done: Int, _ of: Int) -> Void = { _, _ in }
  ) throws -> [[Double]] {
    let fit = ContextFit(source: source, encoder: encoder)
    try fit.check(questions)
    if let note = try fit.cuts(in: questions, communicator) { report(note) }
    let sequences = try PartOfQuestions(questions, communicator).map { try encoder.sequence($0) }
    let model = precision.makeLanguageModel(
      parameters, capacity: sequences.longest, trainable: false)
    return try sequences.scores(progress: progress) {
      model.choiceLogits($0, pooling: configuration.pooling).map { Double($0) }
    }
  }
}

/// The questions that this rank computes, out of all: a contiguous range.
struct PartOfQuestions<Item> {
  fileprivate let communicator: any Communicator
  fileprivate let choiceCounts: [Int]
  fileprivate let own: [Item]

  fileprivate init(_ communicator: any Communicator, choiceCounts: [Int], own: [Item]) {
    self.communicator = communicator
    self.choiceCounts = choiceCounts
    self.own = own
  }

  func map<Result>(_ body: (Item) throws -> Result) rethrows -> PartOfQuestions<Result> {
    PartOfQuestions<Result>(
      communicator, choiceCounts: choiceCounts, own: try own.map(body))
  }

  /// The scores of all questions from those of every rank's own, a number per choice.
  func scores(
    progress: (Int, Int) -> Void = { _, _ in }, _ body: (Item) throws -> [Double]
  ) throws -> [[Double]] {
    try scores(ways: 1, progress: progress, body)[0]
  }

  /// The same for several ways of scoring, which follow each other in what `body` returns.
  func scores(
    ways: Int, progress: (Int, Int) -> Void, _ body: (Item) throws -> [Double]
  ) throws -> [[[Double]]] {
    var values: [Double] = []
    for (index, item) in own.enumerated() {
      values += try body(item)
      progress(index + 1, own.count)
    }
    var all = try communicator.allGather(values: values).joined()[...]
    var scores = [[[Double]]](repeating: [], count: ways)
    for count in choiceCounts {
      for way in 0..<ways {
        scores[way].append(Array(all.prefix(count)))
        all = all.dropFirst(count)
      }
    }
    return scores
  }
}

extension PartOfQuestions where Item == MultipleChoiceQuestion {
  init(_ questions: [MultipleChoiceQuestion], _ communicator: any Communicator) {
    let range = WorkPartition(itemCount: questions.count, partCount: communicator.size)
      .range(of: communicator.rank)
    self.init(
      communicator, choiceCounts: questions.map(\.choices.count), own: Array(questions[range]))
  }
}

extension PartOfQuestions where Item == ChoiceSequence {
  /// The length of the longest packed sequence of this rank.
  var longest: Int { own.map(\.length).max() ?? 1 }
}
