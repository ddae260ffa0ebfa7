import Foundation
import ParableKernels

/// The classes that rows of logits should have predicted.
struct Targets {
  let ids: [Int32]
  /// The target of rows that do not count.
  let ignored: Int32?
  /// How many rows count; at least one.
  let counted: Int

  /// Reads `targets` of this shape, all among `classes` classes but for the `ignore_index`.
  init(_ given: ComponentCase, shape: [Int], classes: Int) throws {
    let ignored =
      given.file.metadata["ignore_index"] != nil
      ? Int64(try given.integer("ignore_index", in: Int(Int32.min)...Int(Int32.max))) : nil
    let values = try given.integers(
      "targets", shape: shape, in: Int64(Int32.min)...Int64(Int32.max))
    let wrong = values.first { $0 != ignored && !(0..<Int64(classes)).contains($0) }
    if let wrong {
      throw given.broken("targets holds \(wrong) where 0 to \(classes - 1) is expected")
    }
    ids = values.map { Int32($0) }
    self.ignored = ignored.map { Int32($0) }
    counted = values.count { $0 != ignored }
    guard counted > 0 else { throw given.broken("targets has nothing that counts") }
  }
}

/// The mean of −log softmax(logits)[target]: logits [..., classes], targets [...].
func meanCrossEntropy(_ given: ComponentCase) throws -> ComponentResult {
  let cost = try cost(given, withGradient: given.wantsGradients)
  var result = ComponentResult(output: try given.scalar(cost.loss))
  result.gradients["logits"] = cost.dLogits
  return result
}

/// What a case's logits cost, and the share of rows whose target has the largest logit.
func cost(
  _ given: ComponentCase, withGradient: Bool = false
) throws -> (loss: Double, accuracy: Double, dLogits: Tensor?) {
  let shape = try given.shape("logits", atLeast: 1)
  let logits = try given.floats("logits")
  let targets = try Targets(given, shape: shape.dropLast(), classes: logits.width)
  let dLogits = withGradient ? try given.zeros(shape) : nil
  let sum = crossEntropy(
    logits.rows.readOnly, targets: targets.ids, ignoring: targets.ignored,
    gradientScale: 1 / Float(targets.counted), dLogits: dLogits?.rows)
  let counted = Double(sum.counted)
  return (sum.loss / counted, Double(sum.correct) / counted, dLogits)
}
