import ParableCollective
import ParableKernels
import ParableModel
import ParablePlatform

/// How much memory a pre-training takes on this processor, computed from its settings alone.
package struct TrainingMemory {
  /// The program with its libraries, before it has any parameters.
  private static let program = 40 << 20

  private let settings: PretrainingSettings
  private let configuration: ModelConfiguration
  private let ranks: Int

  /// Accounts for a training on `ranks` ranks.
  package init(settings: PretrainingSettings, configuration: ModelConfiguration, ranks: Int) {
    self.settings = settings
    self.configuration = configuration
    self.ranks = ranks
  }

  /// The most bytes that a rank has resident, where all are on one host: with what it shares with the
  /// others and reads.
  package var bytesPerRank: Int {
    // The moments of what it owns: a part of the parameters that is a little too large.
    Self.program + 4 * (parallel.rank + 2 * (parameterCount + ranks - 1) / ranks)
      + pass.packedWeights() + activations
  }

  /// The bytes that all ranks of one host have together.
  package var bytesPerHost: Int {
    ranks * (Self.program + activations) + 4 * (parallel.host + 2 * parameterCount)
      + pass.packedWeights()
  }

  /// Those of them that the ranks share: parameters, gradients and packed weights.
  package var sharedBytesPerHost: Int {
    ranks > 1 ? 4 * parallel.host + pass.packedWeights() : 0
  }

  private var parameterCount: Int { Accounting(configuration).parameterCount }

  private var parallel: (rank: Int, host: Int) {
    DataParallel.floatCounts(
      microBatchCount: settings.microBatchCount, ranks: ranks, elementCount: parameterCount)
  }

  private var pass: PassMemory {
    PassMemory(
      configuration, settings.precision == .bf16 ? .bfloat16 : .float, isTrainable: true)
  }

  private var activations: Int {
    pass.activations(
      tokens: max(settings.microBatch, Evaluation.sequencesAtOnce) * settings.context)
  }

  /// Throws where one rank alone takes more than this process can have.
  package func require() throws {
    try MemoryLimit.require(
      bytesPerRank, at: "pretrain", for: "a rank of such a training",
      remedy: "choose a smaller network, --context or --micro-batch")
  }
}
