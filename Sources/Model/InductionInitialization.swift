import Foundation
import ParableKernels
import ParablePlatform

/// Weights that begin ready for reading: heads that find where the current token stood before, what
/// followed it there, and what stands nearby.
///
/// Heads that match and copy are found late by training, if at all, and everything that answers
/// questions from a text is built on them (Olsson and others, In-context Learning and Induction
/// Heads, 2022). What makes them work from the first step:
/// - Embeddings are large against what blocks add at first, so that a token is known by its own
///   vector in every block, and share a constant vector.
/// - In block 0, head 0 looks at the token before, by the constant and pairs that rotary positions
///   turn fast, and writes its code, a projection of its vector, into directions of their own.
/// - In later blocks, head 0 compares the code of the current token with these: it finds what
///   followed the same token earlier, and writes its code into further directions, from which the
///   output layer predicts it. Head 1 compares codes of current tokens: it finds the same
///   token. Both use the pairs that turn so slowly that distance hardly matters.
/// - Every other head but the last looks at the neighbourhood.
///
/// All of it is where training starts from, and none of it is held fast.
struct InductionInitialization {
  private static let drawnDeviation: Float = 0.02
  private static let embeddingDeviation = 0.5
  private static let constant = 0.25
  private static let branchScale: Float = 0.25
  /// By how much equal tokens, the token before, and near ones are ahead in a head's scores.
  private static let matchingScore = 12.0
  private static let previousScore = 7.0
  private static let localScore = 5.0
  private static let copyingScore = 6.0

  private let parameters: MutableParameterView
  private let configuration: ModelConfiguration
  private let code: [[Double]]
  private let codeOfPrevious: [[Double]]
  private let codeOfNext: [[Double]]
  private var half: Int { configuration.headWidth / 2 }
  /// What the constant is after the first norm.
  private var constantShare: Double {
    Self.constant / hypot(Self.constant, Self.embeddingDeviation)
  }
  /// What the rest is.
  private var tokenShare: Double {
    Self.embeddingDeviation / hypot(Self.constant, Self.embeddingDeviation)
  }

  init(_ parameters: MutableParameterView, seed: UInt64) {
    self.parameters = parameters
    configuration = parameters.layout.configuration
    let (width, headWidth) = (configuration.width, configuration.headWidth)
    code = orthonormalRows(headWidth, width, seed: seed, stream: 1)
    codeOfPrevious = orthonormalRows(headWidth, width, seed: seed, stream: 2)
    codeOfNext = orthonormalRows(headWidth, width, seed: seed, stream: 3)
  }

  /// Changes parameters that `initialize` has drawn; networks of one head stay as they are.
  func apply() {
    guard configuration.heads > 1, 2 * configuration.headWidth <= configuration.width else {
      return
    }
    let embeddings = parameters[.tokenEmbeddings]
    for index in 0..<embeddings.count {
      embeddings.base[index] =
        embeddings.base[index] / Self.drawnDeviation * Float(Self.embeddingDeviation)
        + Float(Self.constant)
    }
    for block in 0..<configuration.layers {
      for matrix in [parameters[block, .attentionOutput], parameters[block, .down]] {
        let values = UnsafeMutableBufferPointer(start: matrix.base, count: matrix.count)
        scale(values, by: Self.branchScale)
      }
      for head in 0..<configuration.heads - 1 {
        switch (block, head) {
        case (0, 0): lookBack(head, block)
        case (_, 0):
          match(head, block, keys: codeOfPrevious)
          writeCode(head, block, into: codeOfNext, share: 1 / Double(configuration.layers - 1))
        case (1..., 1): match(head, block, keys: code)
        default: lookAround(head, block)
        }
      }
    }
    if configuration.layers > 1 { predictNext() }
  }

  /// Lets the output layer give each token a score for its code.
  private func predictNext() {
    let (embeddings, output) = (parameters[.tokenEmbeddings], parameters[.output])
    // A code of unit numbers has a product of its width with itself.
    let strength = Self.copyingScore / Double(configuration.headWidth)
    for token in 0..<output.rows {
      let (embedding, row) = (embeddings.row(token), output.row(token))
      for (reading, writing) in zip(code, codeOfNext) {
        let number = zip(reading, embedding).reduce(0) { $0 + $1.0 * Double($1.1) }
        let unit = number / Self.embeddingDeviation
        for column in row.indices { row[column] += Float(strength * unit * writing[column]) }
      }
    }
  }

  /// How fast a pair turns, in radians per position.
  private func frequency(_ pair: Int) -> Double {
    pow(configuration.ropeTheta, -2 * Double(pair) / Double(configuration.headWidth))
  }

  /// Queries are codes of the current token, keys what `keys` reads.
  private func match(_ head: Int, _ block: Int, keys: [[Double]]) {
    let slow = (0..<half).filter { frequency($0) * Double(configuration.context) < 1 }
    guard !slow.isEmpty else { return }
    let dimensions = 2 * Double(slow.count)
    let length = (Self.matchingScore * Double(configuration.headWidth).squareRoot() / dimensions)
      .squareRoot()
    for place in 0..<configuration.headWidth {
      let factor = slow.contains(place % half) ? length : 0
      fill(query(head, place, block), code[place].map { $0 * factor })
      fill(key(head, place, block), keys[place].map { $0 * factor })
    }
  }

  /// Looks at the token before and writes its code.
  private func lookBack(_ head: Int, _ block: Int) {
    position(head, block, distance: 1, score: Self.previousScore) { 0.05 <= $0 }
    writeCode(head, block, into: codeOfPrevious, share: 1)
  }

  /// Writes the code of the tokens that a head looks at into other directions, a share of it as
  /// strong in the stream as the embeddings.
  private func writeCode(
    _ head: Int, _ block: Int, into directions: [[Double]], share: Double
  ) {
    let (width, headWidth) = (configuration.width, configuration.headWidth)
    let strength =
      share * Self.embeddingDeviation / tokenShare
      * (Double(width) / Double(headWidth)).squareRoot()
    let output = parameters[block, .attentionOutput]
    for place in 0..<headWidth {
      fill(value(head, place, block), code[place])
      for row in 0..<width {
        output[row, head * headWidth + place] = Float(strength * directions[place][row])
      }
    }
  }

  private func lookAround(_ head: Int, _ block: Int) {
    position(head, block, distance: 0, score: Self.localScore) { (0.02...0.7).contains($0) }
  }

  /// Queries and keys read the constant alone: the score is a sum of cosines of the distance, highest
  /// at `distance`.
  private func position(
    _ head: Int, _ block: Int, distance: Double, score: Double,
    where isUsed: (Double) -> Bool
  ) {
    let pairs = (0..<half).filter { isUsed(frequency($0)) }
    guard !pairs.isEmpty else { return }
    // Ahead of the next ones, for the token before; of those far away, for the neighbourhood.
    let drop =
      distance > 0
      ? pairs.reduce(0) { $0 + 1 - cos(frequency($1)) } : Double(pairs.count)
    let length = (score * Double(configuration.headWidth).squareRoot() / drop).squareRoot()
    let each = length / (constantShare * Double(configuration.width))
    for place in 0..<configuration.headWidth {
      let pair = place % half
      let angle = frequency(pair) * distance
      let isFirst = place < half
      let used = pairs.contains(pair)
      query(head, place, block).update(repeating: used && isFirst ? Float(each) : 0)
      key(head, place, block).update(
        repeating: used ? Float(each * (isFirst ? cos(angle) : sin(angle))) : 0)
    }
  }

  private func fill(_ row: UnsafeMutableBufferPointer<Float>, _ values: [Double]) {
    for index in row.indices { row[index] = Float(values[index]) }
  }

  private func query(
    _ head: Int, _ place: Int, _ block: Int
  ) -> UnsafeMutableBufferPointer<Float> {
    parameters[block, .query].row(head * configuration.headWidth + place)
  }

  private func key(
    _ head: Int, _ place: Int, _ block: Int
  ) -> UnsafeMutableBufferPointer<Float> {
    parameters[block, .key].row(head * configuration.headWidth + place)
  }

  private func value(
    _ head: Int, _ place: Int, _ block: Int
  ) -> UnsafeMutableBufferPointer<Float> {
    parameters[block, .value].row(head * configuration.headWidth + place)
  }
}

/// Random rows of length one, at right angles to each other and to the constant (Gram and Schmidt).
private func orthonormalRows(
  _ count: Int, _ width: Int, seed: UInt64, stream: UInt64
) -> [[Double]] {
  var random = SplitMix64(seed: seed, sequence: 1000 + stream)
  let constant = [Double](repeating: 1 / Double(width).squareRoot(), count: width)
  var rows: [[Double]] = []
  for _ in 0..<count {
    var row = (0..<width).map { _ in random.normal() }
    for other in [constant] + rows {
      let share = zip(row, other).reduce(0) { $0 + $1.0 * $1.1 }
      for index in row.indices { row[index] -= share * other[index] }
    }
    let length = row.reduce(0) { $0 + $1 * $1 }.squareRoot()
    rows.append(row.map { $0 / max(length, 1e-12) })
  }
  return rows
}

extension ParameterStorage {
  /// Makes parameters that `initialize` drew ready to find equal tokens and what followed them.
  package func addInductionHeads(seed: UInt64) {
    update { InductionInitialization($0, seed: seed).apply() }
  }
}
