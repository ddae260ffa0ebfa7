import Collective
import Corpus
import Foundation

extension CorpusPreparation {
  /// Prepares what the settings of a training name; without a corpus, the built-in stories.
  ///
  /// The stories are written to the run's folder and are part of it from then on.
  public init(
    communicator: any Communicator, run: RunFolder, settings: PretrainingSettings,
    report: @escaping (TrainingEvent) -> Void
  ) throws {
    var corpus = settings.corpus
    if corpus.isEmpty {
      if communicator.rank == 0, !FileManager.default.fileExists(atPath: run.stories) {
        let aside = run.stories + ".partial"
        try FileManager.default.createDirectory(
          atPath: run.tokens, withIntermediateDirectories: true)
        try StoryGrammar(seed: settings.seed).write(
          0..<StoryGrammar.defaultStoryCount, to: aside)
        guard rename(aside, run.stories) == 0 else {
          throw CorpusError.unwritable(
            path: run.stories, reason: String(cString: strerror(errno)).lowercased())
        }
      }
      try communicator.barrier()
      corpus = [run.stories]
    }
    self.init(
      communicator: communicator, run: run,
      request: Request(
        corpus: corpus, validation: settings.validation, tokenizer: settings.tokenizer,
        vocabularySize: settings.vocabularySize),
      report: report)
  }
}
