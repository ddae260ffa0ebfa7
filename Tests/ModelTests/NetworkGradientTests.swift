import Foundation
import ParableKernels
import ParableModel
import Testing

/// The whole network's loss once more in Double, written from the formulas alone: exact enough that
/// central differences of it show every gradient to six digits.
private struct DoubleNetwork {
  let layout: ParameterLayout
  var parameters: [Double]

  private var configuration: ModelConfiguration { layout.configuration }

  private func matrix(_ name: String) -> (rows: Int, columns: Int, values: ArraySlice<Double>) {
    guard let entry = layout.entries.first(where: { $0.name == "\(name).weight" }) else {
      preconditionFailure(name)
    }
    return (entry.rows, entry.columns, parameters[entry.range])
  }

  private func linear(_ x: [[Double]], _ name: String) -> [[Double]] {
    let (rows, columns, values) = matrix(name)
    return x.map { row in
      (0..<rows).map { output in
        (0..<columns).reduce(0) { sum, input in
          sum + row[input] * values[values.startIndex + output * columns + input]
        }
      }
    }
  }

  private func norm(_ x: [[Double]], _ name: String) -> [[Double]] {
    let gain = matrix(name).values
    return x.map { row in
      let square = row.reduce(0) { $0 + $1 * $1 } / Double(row.count)
      let scale = 1 / (square + Double(configuration.normEpsilon)).squareRoot()
      return zip(row, gain).map { $0 * scale * $1 }
    }
  }

  private func rotated(_ head: ArraySlice<Double>, position: Int) -> [Double] {
    let half = head.count / 2
    let x = Array(head)
    return x.indices.map { index in
      let pair = index % half
      let angle =
        Double(position) * pow(configuration.ropeTheta, -Double(pair) / Double(half))
      return index < half
        ? x[pair] * cos(angle) - x[pair + half] * sin(angle)
        : x[pair + half] * cos(angle) + x[pair] * sin(angle)
    }
  }

  private func attention(_ x: [[Double]], _ prefix: String) -> [[Double]] {
    let (query, key, value) = (
      linear(x, "\(prefix).q_proj"), linear(x, "\(prefix).k_proj"), linear(x, "\(prefix).v_proj")
    )
    let width = configuration.headWidth
    var attended = x.map { $0.map { _ in 0.0 } }
    for head in 0..<configuration.heads {
      let columns = head * width..<(head + 1) * width
      let keys = x.indices.map { rotated(key[$0][columns], position: $0) }
      for token in x.indices {
        let turned = rotated(query[token][columns], position: token)
        let weights = (0...token).map { other in
          exp(zip(turned, keys[other]).reduce(0) { $0 + $1.0 * $1.1 } / Double(width).squareRoot())
        }
        let total = weights.reduce(0, +)
        for column in columns {
          attended[token][column] =
            (0...token).reduce(0) { $0 + weights[$1] * value[$1][column] } / total
        }
      }
    }
    return linear(attended, "\(prefix).output_proj")
  }

  private func feedForward(_ x: [[Double]], _ prefix: String) -> [[Double]] {
    let hidden = zip(linear(x, "\(prefix).w1"), linear(x, "\(prefix).w3")).map { gate, up in
      zip(gate, up).map { $0 / (1 + exp(-$0)) * $1 }
    }
    return linear(hidden, "\(prefix).w2")
  }

  /// The sum of the cross-entropies of one sequence's targets.
  func loss(_ ids: ArraySlice<Int32>, _ targets: ArraySlice<Int32>) -> Double {
    let table = matrix("token_embeddings")
    var x = ids.map { id in
      Array(table.values.dropFirst(Int(id) * table.columns).prefix(table.columns))
    }
    for layer in 0..<configuration.layers {
      let attended = attention(norm(x, "layers.\(layer).ln1"), "layers.\(layer).attn")
      x = zip(x, attended).map { zip($0, $1).map(+) }
      let fed = feedForward(norm(x, "layers.\(layer).ln2"), "layers.\(layer).ffn")
      x = zip(x, fed).map { zip($0, $1).map(+) }
    }
    let logits = linear(norm(x, "final_ln"), "output")
    return zip(logits, targets).reduce(0) { sum, row in
      sum + log(row.0.reduce(0) { $0 + exp($1) }) - row.0[Int(row.1)]
    }
  }
}

@Suite("The gradients of the whole network")
struct NetworkGradientTests {
  @Test("Every parameter's agrees with central differences in Double, on odd sizes")
  func gradients() throws {
    let configuration = ModelConfiguration(
      vocabulary: 7, context: 5, width: 6, layers: 2, heads: 3, hidden: 5, ropeTheta: 50)
    let layout = ParameterLayout(configuration)
    let storage = ParameterStorage(layout)
    storage.initialize(seed: 3)
    // Gains of one and small embeddings hide mistakes.
    storage.update { parameters in
      for (index, value) in parameters.values.enumerated() {
        parameters.values[index] = value * 2 + Float(index % 11) / 30 - 0.15
      }
    }
    let ids: [Int32] = [3, 0, 6, 3, 1, 5, 5, 2, 0, 4]
    let targets: [Int32] = [0, 6, 3, 1, 2, 5, 2, 0, 4, 6]

    let gradients = MutableParameterView(zeros: layout)
    let model = DecoderNetwork<Float>(storage, capacity: ids.count, trainable: true)
    let sum = ids.withUnsafeBufferPointer { ids in
      model.lossAndGradient(
        TokenBatch(ids: ids, batch: 2, sequence: 5), targets: targets, gradientScale: 1,
        addingTo: gradients)
    }

    var network = DoubleNetwork(layout: layout, parameters: storage.values.map(Double.init))
    func loss() -> Double {
      network.loss(ids[..<5], targets[..<5]) + network.loss(ids[5...], targets[5...])
    }
    #expect(abs(sum.loss - loss()) < 1e-5 * loss())
    let step = 1e-5
    for entry in layout.entries {
      let largest = gradients.values[entry.range].reduce(0) { max($0, abs($1)) }
      #expect(largest > 0, "\(entry.name)")
      // A part of a large matrix's elements, at a stride that meets all rows and columns.
      for index in stride(from: entry.offset, to: entry.range.upperBound, by: 5) {
        let value = network.parameters[index]
        network.parameters[index] = value + step
        let above = loss()
        network.parameters[index] = value - step
        let below = loss()
        network.parameters[index] = value
        let expected = (above - below) / (2 * step)
        let found = Double(gradients.values[index])
        #expect(
          abs(found - expected) <= 2e-5 * Double(largest) + 1e-6,
          "\(entry.name)[\(index - entry.offset)] is \(found), not \(expected)")
      }
    }
  }
}
