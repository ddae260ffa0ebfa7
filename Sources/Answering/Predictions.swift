import Foundation
import ParableCorpus
import ParableFormats
import ParablePlatform

/// Which choice was taken for each question of a file: the form that graders read.
package struct Predictions: Codable, Equatable, Sendable {
  /// The place of the chosen choice, in the order of the questions.
  package var predictions: [Int]

  /// The share of right ones; nil where an answer is not known.
  package var accuracy: Double?

  /// How they were made.
  package var config: [String: String]

  private enum CodingKeys: CodingKey { case predictions, accuracy, config }

  /// Takes the choice with the highest score of each question, the first of equal ones.
  ///
  /// - Throws: ``AnsweringError/scoreNotFinite(name:)``.
  package init(
    scores: [[Double]], questions: [MultipleChoiceQuestion], config: [String: String]
  ) throws {
    predictions = try Self.choices(scores, of: questions, in: config["questions"])
    self.config = config
    let answers = questions.compactMap(\.answer)
    let right = zip(predictions, answers).count { $0 == $1 }
    accuracy =
      answers.count == questions.count && !answers.isEmpty
      ? Double(right) / Double(answers.count) : nil
  }

  /// The place of the highest score of each row, the first of equal ones.
  static func choices(
    _ scores: [[Double]], of questions: [MultipleChoiceQuestion], in file: String? = nil
  ) throws -> [Int] {
    try zip(scores, questions).enumerated().map { index, pair in
      let (row, question) = pair
      // No score is above one that is no number, which must not pass for the first choice.
      guard let best = row.max(), row.allSatisfy(\.isFinite), let place = row.firstIndex(of: best)
      else {
        throw AnsweringError.scoreNotFinite(
          name: recordName(file ?? "the questions,", index, question.id))
      }
      return place
    }
  }

  /// Reads a file of predictions for so many questions.
  package init(path: String, count: Int) throws {
    let data = Data(try contents(ofFile: path))
    guard let decoded = try? JSONDecoder().decode(Self.self, untrusted: data) else {
      throw AnsweringError.invalidFile(path: path, reason: "it does not hold predictions")
    }
    guard decoded.predictions.count == count else {
      throw AnsweringError.invalidFile(
        path: path, reason: "it predicts \(decoded.predictions.count) answers, not \(count)",
        remedy: "give the questions that it was made for")
    }
    self = decoded
  }

  /// Writes the file, whole or not at all; an accuracy that is not known is null.
  package func write(to path: String) throws {
    try DurableFile.write([UInt8](JSONEncoder.line.encode(self)) + [10], to: path)
  }

  /// Writes all three members, `accuracy` as null where it is not known.
  package func encode(to encoder: any Swift.Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(predictions, forKey: .predictions)
    try container.encode(accuracy, forKey: .accuracy)
    try container.encode(config, forKey: .config)
  }
}
