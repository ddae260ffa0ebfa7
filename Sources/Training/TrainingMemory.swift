import Collective
import Kernels
import Model

/// How much memory a pre-training takes on this processor, computed from its settings alone.
public struct TrainingMemory {
  /// The program with its libraries, before it has any parameters.
  private static let program = 40 << 20

  private let settings: PretrainingSettings
  private let configuration: ModelConfiguration
  private let ranks: Int

  /// Accounts for a training on `ranks` ranks.
  public init(settings: PretrainingSettings, configuration: ModelConfiguration, ranks: Int) {
    self.settings = settings
    self.configuration = configuration
    self.ranks = ranks
  }

  /// The most bytes that a rank of one host has resident.
  public var bytesPerRank: Int {
    let parameterCount = Accounting(configuration).parameterCount
    let gradientCount = TreeSum.residentCount(
      leafCount: settings.grainCount, rankCount: ranks, elementCount: parameterCount)
    // The parameters, both moments, and the sums of gradients that wait for their neighbours.
    let floats = 3 * parameterCount + gradientCount
    return Self.program + 4 * floats + weightCopies + activations
  }

  private var elementBytes: Int { settings.precision == .bf16 ? 2 : 4 }

  /// The weights in the layouts of the products, forward and backward.
  private var weightCopies: Int {
    let storage = settings.precision == .bf16 ? ActivationStorage.bfloat16 : .float
    guard MatrixProducts().copiesWeights(storage) else { return 0 }
    let embedding = configuration.vocabulary * configuration.width
    return 2 * elementBytes * (Accounting(configuration).parameterCount - embedding)
  }

  /// Activations of a grain, their gradients, and the logits of a chunk.
  private var activations: Int {
    let (width, hidden) = (configuration.width, configuration.hidden)
    let tokens = max(settings.grain, Evaluation.windowsAtOnce) * settings.context
    let kept = 2 * 4 * width + (6 * width + 3 * hidden) * elementBytes + 4 * configuration.heads
    let flow = 2 * 4 * width + (9 * width + 3 * hidden) * elementBytes
    let logits = 256 * configuration.vocabulary * (4 + (settings.precision == .bf16 ? 2 : 0))
    return tokens * (configuration.layers * kept + flow) + logits
  }
}
