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
  private let hosts: [Int]

  /// Accounts for a training whose ranks are on these hosts, numbered from 0.
  package init(settings: PretrainingSettings, configuration: ModelConfiguration, hosts: [Int]) {
    self.settings = settings
    self.configuration = configuration
    self.hosts = hosts
  }

  /// Accounts for a training on `ranks` ranks, in equal parts on `hosts` hosts.
  package init(
    settings: PretrainingSettings, configuration: ModelConfiguration, ranks: Int, hosts: Int = 1
  ) {
    self.init(
      settings: settings, configuration: configuration,
      hosts: (0..<ranks).map { $0 * hosts / ranks })
  }

  /// The most bytes that a rank has resident, with what it shares with others and reads.
  package var bytesPerRank: Int {
    // The moments of what it owns: a part of the parameters that is a little too large.
    Self.program + scratch + 4 * (parallel.rank + share(of: momentCount, among: hosts.count))
      + pass.packedWeights() + activations
  }

  /// The bytes that all ranks of the busiest host have together.
  package var bytesPerHost: Int {
    let ranks = Dictionary(grouping: hosts) { $0 }.values.map(\.count)
    let most = ranks.max() ?? 1
    let copies = TrainedParameters.sharesPackedWeights(ranks: most) ? 1 : most
    return most * (Self.program + scratch + activations)
      + 4 * (parallel.host + share(of: momentCount, among: ranks.count))
      + copies * pass.packedWeights()
  }

  /// Those of them that the ranks share: parameters, gradients and packed weights.
  package var sharedBytesPerHost: Int {
    let ranks = Dictionary(grouping: hosts) { $0 }.values.map(\.count).max() ?? 1
    guard ranks > 1 else { return 0 }
    return 4 * parallel.host
      + (TrainedParameters.sharesPackedWeights(ranks: ranks) ? pass.packedWeights() : 0)
  }

  private func share(of count: Int, among parts: Int) -> Int { (count + parts - 1) / parts }

  private var parameterCount: Int { Accounting(configuration).parameterCount }

  /// The elements of all moments.
  private var momentCount: Int { settings.optimizer.momentCount(of: layout) }

  /// What an update computes in, beside the moments.
  private var scratch: Int { settings.optimizer.scratchBytes(for: layout) }

  private var layout: ParameterLayout { ParameterLayout(configuration) }

  private var parallel: (rank: Int, host: Int) {
    DataParallel.floatCounts(
      microBatchCount: settings.microBatchCount, hosts: hosts, elementCount: parameterCount)
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
