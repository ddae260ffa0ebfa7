import Foundation
import ParableKernels

/// The kernels' formulas in Double, as plainly as they can be written.
enum Reference {
  static func rmsNorm(_ x: [Double], gain: [Double], epsilon: Double) -> [Double] {
    let width = gain.count
    return stride(from: 0, to: x.count, by: width).flatMap { start in
      let row = x[start..<start + width]
      let mean = row.reduce(0) { $0 + $1 * $1 } / Double(width)
      return zip(row, gain).map { $0 / (mean + epsilon).squareRoot() * $1 }
    }
  }

  static func silu(_ x: [Double]) -> [Double] { x.map { $0 / (1 + exp(-$0)) } }

  static func swiGLU(gate: [Double], up: [Double]) -> [Double] {
    zip(silu(gate), up).map { $0 * $1 }
  }

  /// Along the middle dimension of [before, along, after].
  static func softmax(_ x: [Double], along: Int, after: Int = 1) -> [Double] {
    var y = x
    for start in stride(from: 0, to: x.count, by: along * after) {
      for column in 0..<after {
        let places = (0..<along).map { start + column + $0 * after }
        let largest = places.map { x[$0] }.max() ?? 0
        let sum = places.reduce(0) { $0 + exp(x[$1] - largest) }
        for place in places { y[place] = exp(x[place] - largest) / sum }
      }
    }
    return y
  }

  static func crossEntropy(
    _ logits: [Double], targets: [Int32], ignoring: Int32? = nil
  ) -> Double {
    let vocabulary = logits.count / targets.count
    return targets.enumerated().reduce(0) { sum, item in
      guard item.element != ignoring else { return sum }
      let row = logits[item.offset * vocabulary..<(item.offset + 1) * vocabulary]
      let largest = row.max() ?? 0
      let logSum = log(row.reduce(0) { $0 + exp($1 - largest) }) + largest
      return sum + logSum - row[row.startIndex + Int(item.element)]
    }
  }

  /// x is [tokens, heads, width].
  static func rotate(
    _ x: [Double], heads: Int, width: Int, theta: Double, positions: [Int]
  ) -> [Double] {
    var y = x
    let half = width / 2
    for (token, position) in positions.enumerated() {
      for head in 0..<heads {
        for i in 0..<half {
          let angle = Double(position) * pow(theta, -2 * Double(i) / Double(width))
          let first = (token * heads + head) * width + i
          y[first] = x[first] * cos(angle) - x[first + half] * sin(angle)
          y[first + half] = x[first + half] * cos(angle) + x[first] * sin(angle)
        }
      }
    }
    return y
  }
}

extension Reference {
  /// What attention gives and, for an upstream gradient, its gradients; queries, keys, values and
  /// outputs are [batch, token, head, element].
  struct Attention {
    let shape: AttentionShape
    /// Whether (batch, head, query, key) attends.
    let sees: (Int, Int, Int, Int) -> Bool

    func forward(query: [Double], key: [Double], value: [Double]) -> [Double] {
      var output = [Double](
        repeating: 0, count: shape.batch * shape.queryLength * shape.heads * shape.valueWidth)
      forEachQuery(query, key) { b, h, i, weights in
        for (j, weight) in weights.enumerated() {
          for e in 0..<shape.valueWidth {
            output[at(b, i, h, e, shape.queryLength, shape.valueWidth)] +=
              weight * value[at(b, j, h, e, shape.keyLength, shape.valueWidth)]
          }
        }
      }
      return output
    }

    func backward(
      _ dOutput: [Double], query: [Double], key: [Double], value: [Double]
    ) -> (dQuery: [Double], dKey: [Double], dValue: [Double]) {
      var dQuery = [Double](repeating: 0, count: query.count)
      var dKey = [Double](repeating: 0, count: key.count)
      var dValue = [Double](repeating: 0, count: value.count)
      forEachQuery(query, key) { b, h, i, weights in
        let dWeights = weights.indices.map { j in
          (0..<shape.valueWidth).reduce(0.0) {
            let upstream = dOutput[at(b, i, h, $1, shape.queryLength, shape.valueWidth)]
            let place = at(b, j, h, $1, shape.keyLength, shape.valueWidth)
            dValue[place] += weights[j] * upstream
            return $0 + upstream * value[place]
          }
        }
        let mean = zip(weights, dWeights).reduce(0) { $0 + $1.0 * $1.1 }
        for (j, weight) in weights.enumerated() {
          let dScore = weight * (dWeights[j] - mean) / Double(shape.headWidth).squareRoot()
          for e in 0..<shape.headWidth {
            let q = at(b, i, h, e, shape.queryLength, shape.headWidth)
            let k = at(b, j, h, e, shape.keyLength, shape.headWidth)
            dQuery[q] += dScore * key[k]
            dKey[k] += dScore * query[q]
          }
        }
      }
      return (dQuery, dKey, dValue)
    }

    private func at(_ b: Int, _ t: Int, _ h: Int, _ e: Int, _ length: Int, _ width: Int) -> Int {
      ((b * length + t) * shape.heads + h) * width + e
    }

    private func forEachQuery(
      _ query: [Double], _ key: [Double], _ body: (Int, Int, Int, [Double]) -> Void
    ) {
      for b in 0..<shape.batch {
        for h in 0..<shape.heads {
          for i in 0..<shape.queryLength {
            let scores = (0..<shape.keyLength).map { j in
              guard sees(b, h, i, j) else { return -Double.infinity }
              let first = at(b, i, h, 0, shape.queryLength, shape.headWidth)
              let second = at(b, j, h, 0, shape.keyLength, shape.headWidth)
              let dot = (0..<shape.headWidth).reduce(0) {
                $0 + query[first + $1] * key[second + $1]
              }
              return dot / Double(shape.headWidth).squareRoot()
            }
            guard let largest = scores.max(), largest.isFinite else { continue }
            let sum = scores.reduce(0) { $0 + exp($1 - largest) }
            body(b, h, i, scores.map { exp($0 - largest) / sum })
          }
        }
      }
    }
  }
}
