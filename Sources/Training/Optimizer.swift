import ParableKernels
import ParableModel
import ParablePlatform

/// Adam with decoupled weight decay (Loshchilov and Hutter 2019): what stays the same over a training.
package struct AdamW: Equatable, Sendable {
  /// The decay of the first moment.
  package var beta1: Double

  /// The decay of the second moment.
  package var beta2: Double

  /// Added to the root of the second moment.
  package var epsilon: Double

  /// The share of a weight that decays, times the learning rate.
  package var weightDecay: Double

  /// Makes the constants.
  package init(
    beta1: Double = 0.9, beta2: Double = 0.95, epsilon: Double = 1e-8, weightDecay: Double = 0.1
  ) {
    self.beta1 = beta1
    self.beta2 = beta2
    self.epsilon = epsilon
    self.weightDecay = weightDecay
  }
}

/// Turns gradients into updates of the elements that a rank owns, and has their moments.
///
/// AdamW updates everything, or all but the matrices of the blocks, which ``Muon`` then updates, each
/// as a whole. Weight decay applies to matrices, embedding and output included, and not to the norms'
/// gains.
package final class Optimizer {
  /// How the matrices of the blocks are updated; AdamW updates the rest.
  package enum Kind: String, CaseIterable, Sendable {
    /// As the rest.
    case adamw

    /// By ``Muon``.
    case muon

    /// The elements of a network in parts that one rank has to own.
    func units(of layout: ParameterLayout) -> [Range<Int>] {
      guard self == .muon else { return layout.chunks }
      return layout.entries.flatMap {
        Muon.updates($0) ? [$0.range] : ParameterLayout.chunks(of: $0)
      }
    }

    /// What updating such a part costs, in additions and multiplications.
    func cost(of layout: ParameterLayout) -> (Range<Int>) -> Int {
      guard self == .muon else { return \.count }
      let costs = Dictionary(
        uniqueKeysWithValues: layout.entries.filter(Muon.updates).map {
          ($0.range, Muon.cost(rows: $0.rows, columns: $0.columns))
        })
      return { costs[$0] ?? $0.count * Self.costPerElement }
    }

    /// The elements of all moments: AdamW's have a mean of the squares of their gradients, too.
    package func momentCount(of layout: ParameterLayout) -> Int {
      layout.entries.reduce(0) { $0 + (self == .muon && Muon.updates($1) ? 1 : 2) * $1.count }
    }

    /// The bytes of weights and moments in a checkpoint.
    package func checkpointBytes(of layout: ParameterLayout) -> Int {
      MemoryLayout<Float>.stride * (layout.elementCount + momentCount(of: layout))
    }

    /// The bytes that an update takes beside the moments.
    func scratchBytes(for layout: ParameterLayout) -> Int {
      guard self == .muon else { return 0 }
      return layout.entries.filter(Muon.updates).map {
        Orthogonalization.byteCount(rows: $0.rows, columns: $0.columns)
      }.max() ?? 0
    }

    /// AdamW waits for memory: the time of so many operations.
    private static let costPerElement = 200
  }

  /// Running means, one for each element of some tensors.
  package struct Moment {
    /// What it is called in files, before the names of the tensors.
    package let prefix: String

    /// What it is for a person.
    package let name: String

    /// Those of all owned elements, of which only those of `entries` mean anything.
    package let values: OwnedBuffer<Float>

    /// The tensors that have it.
    package let entries: [ParameterLayout.Entry]
  }

  /// The elements whose moments are here, and which are updated here.
  package let owned: Range<Int>

  /// The moments: of all tensors the running mean of the gradients, and of those that AdamW updates that
  /// of their squares.
  package let moments: [Moment]

  private let adamW: AdamW
  private let runs: [(range: Range<Int>, decays: Bool)]
  private let muon: Muon?
  private let matrices: [ParameterLayout.Entry]
  private let orthogonalization = Orthogonalization()

  /// Starts with moments of zero; where only the classifier learns, the rest stays as it is.
  ///
  /// Left out, `owned` is everything: else other ranks have the other elements' moments. With `muon` it
  /// has to be whole matrices, as ``Kind/units(of:)`` says.
  package init(
    _ layout: ParameterLayout, adamW: AdamW = AdamW(), muon: Muon? = nil,
    owned: Range<Int>? = nil, classifierAlone: Bool = false
  ) {
    let owned = owned ?? 0..<layout.elementCount
    let (byMuon, byAdamW) = (
      layout.entries.filter { muon != nil && Muon.updates($0) },
      layout.entries.filter { muon == nil || !Muon.updates($0) }
    )
    let learned = classifierAlone ? layout.classifier?.range ?? 0..<0 : owned
    self.adamW = adamW
    self.muon = muon
    self.owned = owned
    matrices = byMuon.filter { !$0.range.clamped(to: learned).clamped(to: owned).isEmpty }
    precondition(
      matrices.allSatisfy { owned.clamped(to: $0.range) == $0.range }, "matrices are owned whole")
    runs = ParameterLayout.decayRuns(of: byAdamW)
      .map { ($0.range.clamped(to: learned).clamped(to: owned), $0.decays) }
      .filter { !$0.range.isEmpty }
    // What no tensor has is never touched, and takes no memory.
    let second = OwnedBuffer<Float>(uninitializedCount: owned.count)
    for range in byAdamW.map({ $0.range.clamped(to: owned) }) where !range.isEmpty {
      (second.base + (range.lowerBound - owned.lowerBound)).update(repeating: 0, count: range.count)
    }
    moments = [
      Moment(
        prefix: "first_moment.", name: "first moment", values: OwnedBuffer(count: owned.count),
        entries: layout.entries),
      Moment(
        prefix: "second_moment.", name: "second moment", values: second, entries: byAdamW),
    ]
  }

  /// Makes update number `step`, counted from 1, of the owned elements, with their gradients multiplied
  /// by `gradientScale`.
  package func update(
    _ parameters: ParameterStorage, gradients: UnsafeMutableBufferPointer<Float>,
    gradientScale: Double, learningRate: Double, step: Int
  ) {
    precondition(gradients.count == owned.count, "there is a gradient for each owned element")
    let (first, second) = (moments[0].values.base, moments[1].values.base)
    parameters.update { parameters in
      guard let gradients = gradients.baseAddress else { return }
      for (range, decays) in runs {
        let place = range.lowerBound - owned.lowerBound
        ParableKernels.adamW(
          parameters: parameters.base + range.lowerBound, gradients: gradients + place,
          firstMoment: first + place, secondMoment: second + place,
          count: range.count, learningRate: learningRate, beta1: adamW.beta1,
          beta2: adamW.beta2, epsilon: adamW.epsilon,
          weightDecay: decays ? adamW.weightDecay : 0, step: step,
          gradientScale: gradientScale)
      }
      for matrix in matrices {
        let place = matrix.offset - owned.lowerBound
        func view(_ base: UnsafeMutablePointer<Float>) -> MutableMatrix<Float> {
          MutableMatrix(base, rows: matrix.rows, columns: matrix.columns)
        }
        muon?.update(
          view(parameters.base + matrix.offset), gradient: view(gradients + place).readOnly,
          momentum: view(first + place), gradientScale: gradientScale,
          learningRate: learningRate, orthogonalization)
      }
    }
  }
}
