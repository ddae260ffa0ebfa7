import Foundation
import ParableCorpus
import ParableFormats
import ParableModel
import ParablePlatform
import ParableTokenization
import ParableTraining
import TestSupport

extension QuestionSet {
  /// Writes the questions to a file.
  func write(to path: String) throws {
    try DurableFile.write(to: path) { try write(to: $0.write) }
  }
}

/// A model that nobody trained, on disk, and questions to ask it.
struct SmallModel {
  let folder: TemporaryFolder

  init(context: Int = 220) throws {
    folder = try TemporaryFolder()
    let vocabulary = try Self.vocabulary()
    let configuration = ModelConfiguration(
      vocabulary: vocabulary.count, context: context, width: 16, layers: 2, heads: 2, hidden: 24)
    let parameters = ParameterStorage(ParameterLayout(configuration))
    parameters.initialize(seed: 5)
    // Larger weights than those of an untrained network, so that it has opinions.
    parameters.update { for index in $0.values.indices { $0.values[index] *= 4 } }
    try ModelFiles.write(
      to: folder.path, parameters: parameters.view, vocabulary: vocabulary)
  }

  /// Makes it one that looks at the last id alone, and gives an infinite score after `id`, none of whose
  /// weights is too large to be kept.
  func spoil(after id: Int) throws {
    let directory = try directory()
    let parameters = try directory.loadParameters()
    parameters.update { view in
      let width = directory.configuration.width
      for entry in view.layout.entries {
        let name = entry.huggingFaceName
        if name.hasSuffix("o_proj.weight") || name.hasSuffix("down_proj.weight") {
          for index in entry.range { view.values[index] = 0 }
        }
      }
      for row in 0..<directory.configuration.vocabulary {
        let values = view[.tokenEmbeddings].base + row * width
        if row == id { values.update(repeating: 0, count: width) }
        (values[width - 2], values[width - 1]) = row == id ? (0, 1) : (1, 0)
      }
      // Elsewhere the score of the last id, which no text has, is so low that no gradient comes from it.
      let output = view[.output].base + (directory.configuration.vocabulary - 1) * width
      output.update(repeating: 0, count: width)
      (output[width - 2], output[width - 1]) = (-1000, 1.2e19)
      view[.finalNorm].base[width - 1] = 1.2e19
    }
    try ModelFiles.write(
      to: folder.path, parameters: parameters.view, vocabulary: directory.vocabulary)
  }

  func directory() throws -> ModelDirectory { try ModelDirectory(path: folder.path) }

  /// Bytes, and the labels " A" to " D" as one token each.
  static func vocabulary() throws -> Vocabulary {
    let counts = WordCounts(specialTokens: [Vocabulary.endOfTextToken])
    counts.feed("x A A A B B B C C C D D D")
    return try MergeTrainer(vocabularySize: 261, pairCounting: .occurrence).train(on: counts)
  }

  /// Questions with two to four choices, on different passages of different lengths.
  static func questions(_ count: Int) -> [MultipleChoiceQuestion] {
    (0..<count).map { index in
      let choices = ["red", "a blue one", "green?", "no"].prefix(index % 5 == 0 ? 3 : 4)
      return MultipleChoiceQuestion(
        context: String(repeating: "The \(index)th thing is red. ", count: 1 + index % 6),
        question: "What is thing \(index)?", choices: Array(choices), answer: index % 3,
        id: "q\(index)")
    }
  }
}
