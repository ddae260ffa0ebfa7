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
}

extension ClassifierConfiguration {
  static func isThere(in directory: ModelDirectory) -> Bool {
    FileManager.default.fileExists(atPath: directory.path + "/" + file)
  }

  init(of directory: ModelDirectory) throws {
    let path = directory.path + "/" + Self.file
    guard Self.isThere(in: directory) else {
      throw AnsweringError.invalidFile(
        path: directory.path, reason: "it has no classifier", remedy: "fine-tune it first")
    }
    let data = Data(try contents(ofFile: path))
    do {
      self = try JSONDecoder().decode(Self.self, untrusted: data)
    } catch {
      throw AnsweringError.invalidFile(path: path, reason: "it does not describe a classifier")
    }
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
      throw AnsweringError.invalidFile(
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
    try encoder.check(questions, of: source)
    if let note = try encoder.cuts(in: questions, of: source, communicator) { report(note) }
    let own = try questions[communicator.part(of: questions.count)].map { try encoder.sequence($0) }
    let model = precision.makeLanguageModel(
      parameters, capacity: own.map(\.length).max() ?? 1, trainable: false)
    return try communicator.scores(of: questions, own: own, progress: progress) {
      model.choiceLogits($0, pooling: configuration.pooling)
    }
  }
}
