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

  /// The most bytes that a rank of one host has resident.
  package var bytesPerRank: Int {
    let parameterCount = Accounting(configuration).parameterCount
    let gradientCount = TreeSum.residentCount(
      microBatchCount: settings.microBatchCount, rankCount: ranks, elementCount: parameterCount)
    // The parameters, both moments, and the sums of gradients that wait for their neighbours.
    let floats = 3 * parameterCount + gradientCount
    let pass = PassMemory(
      configuration, settings.precision == .bf16 ? .bfloat16 : .float, isTrainable: true)
    let tokens = max(settings.microBatch, Evaluation.sequencesAtOnce) * settings.context
    return Self.program + 4 * floats + pass.packedWeights() + pass.activations(tokens: tokens)
  }

  /// Throws where one rank alone takes more than this process can have.
  package func require() throws {
    try MemoryLimit.require(
      bytesPerRank, at: "pretrain", for: "a rank of such a training",
      remedy: "choose a smaller network, --context or --micro-batch")
  }
}
