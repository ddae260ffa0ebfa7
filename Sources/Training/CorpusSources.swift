import Foundation
import ParableCollective
import ParableCorpus
import ParableFormats
import ParablePlatform

/// What a pre-training keeps beside weights and settings.
package struct PretrainingProgress: Codable, Sendable {
  /// What its token files were made of, and what they hold; nil in what earlier versions wrote.
  package var preparation: CorpusPreparation.Record?
}

extension CorpusPreparation {
  /// Prepares what the settings of a training name, verified against its checkpoint; without a corpus,
  /// the built-in stories.
  ///
  /// The stories are written to the run's folder and belong to it from then on.
  static func prepare(
    _ start: TrainingStart<PretrainingSettings, PretrainingProgress>
  ) throws -> PreparedCorpus {
    let run = start.store.folder
    var settings = start.settings
    if settings.corpus.isEmpty {
      settings.corpus = [run.stories]
      try start.communicator.onFirstRank {
        guard !FileManager.default.fileExists(atPath: run.stories) else { return }
        start.report(.note("writing \(StoryGrammar.defaultStoryCount) built-in stories"))
        try makeFolder(run.tokens)
        try DurableFile.write(to: run.stories) { file in
          try StoryGrammar(seed: 1).write(0..<StoryGrammar.defaultStoryCount, to: file.write)
        }
      }
    }
    let preparation = try CorpusPreparation(
      communicator: start.communicator, run: run, settings: settings,
      resuming: start.store.checkpoint.map {
        Resumption(tokenizer: $0.path, record: start.record?.progress.preparation)
      }, report: start.report)
    var before = start.record
    before?.inputs = start.record.map(preparation.inputs) ?? [:]
    try start.verify(
      inputs: preparation.inputs.merging(start.store.digests(of: settings.tokenizerFiles)) { $1 },
      against: before)
    return try preparation.prepare()
  }
}

/// Refuses what is no text, by the bytes that such files begin with: it would be learned as it is.
///
/// A file that cannot be read is left to whoever reads it.
package func refuseOtherForms(_ path: String) throws {
  guard let (descriptor, _) = try? openRegularFile(path) else { return }
  defer { close(descriptor) }
  var start = [UInt8](repeating: 0, count: 6)
  start.removeLast(start.count - max(0, read(descriptor, &start, start.count)))
  let forms: [(name: String, start: [UInt8], remedy: String)] = [
    ("compressed by gzip", [0x1F, 0x8B], "give what gunzip makes of it"),
    ("compressed by zstd", [0x28, 0xB5, 0x2F, 0xFD], "give what unzstd makes of it"),
    ("compressed by xz", [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00], "give what unxz makes of it"),
    ("a zip archive", [0x50, 0x4B, 0x03, 0x04], "give the files in it"),
    ("text in UTF-16", [0xFF, 0xFE], "give it in UTF-8"),
    ("text in UTF-16", [0xFE, 0xFF], "give it in UTF-8"),
  ]
  for form in forms where start.starts(with: form.start) {
    throw TrainingError.file(
      path: path, reason: "it is \(form.name)", remedy: form.remedy)
  }
}
