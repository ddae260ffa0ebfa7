import Foundation
import ParableModel
import ParableTraining

/// What a pre-training of some settings is going to take.
struct RunNeeds {
  /// The bytes of one checkpoint, and of the largest file of it.
  var checkpoint: Int
  var largestFile: Int

  /// How many checkpoints there are at once, with the one that is being written.
  var checkpointCount: Int

  /// About the bytes of the token files.
  var tokens: Int

  /// The bytes that the ranks of one host have, where so many are there.
  var memory: (_ ranks: Int) -> Int

  /// Those of them that the ranks share.
  var sharedMemory: (_ ranks: Int) -> Int

  /// A tokenizer and what describes a checkpoint.
  private static let description = 4 << 20

  /// Computes what settings mean.
  init(_ settings: PretrainingSettings) {
    let configuration = settings.configuration(vocabulary: settings.vocabularySize)
    let layout = ParameterLayout(configuration)
    let tensors = settings.optimizer.checkpointBytes(of: layout)
    // Weights and moments have a file each, of which that of the moments is the larger one.
    largestFile = max(4 * layout.elementCount, tensors - 4 * layout.elementCount)
    checkpoint = tensors + Self.description
    let all = (settings.steps + settings.saveEvery - 1) / max(1, settings.saveEvery)
    checkpointCount = min(settings.keepCheckpoints ?? all, all) + 1
    // A token is two bytes and stands for about four of text.
    tokens = (settings.corpus + [settings.validation].compactMap(\.self)).reduce(0) { sum, path in
      var status = stat()
      return sum + (stat(path, &status) == 0 ? Int(status.st_size) / 2 : 0)
    }
    memory = { ranks in
      TrainingMemory(settings: settings, configuration: configuration, ranks: ranks).bytesPerHost
    }
    sharedMemory = { ranks in
      TrainingMemory(settings: settings, configuration: configuration, ranks: ranks)
        .sharedBytesPerHost
    }
  }

  /// The bytes that the folder of the run grows to.
  var disk: Int { checkpoint * checkpointCount + tokens }
}
