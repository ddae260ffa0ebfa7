import Kernels

/// The SwiGLU feed-forward layer: (SiLU(x · W1ᵀ) ⊙ x · W3ᵀ) · W2ᵀ, with W1 and W3 in one product.
package final class FeedForward<Element: ActivationElement> {
  private let configuration: ModelConfiguration
  private let products: MatrixProducts
  private let gateUp: LinearWeights<Element>
  private let down: LinearWeights<Element>

  package init(
    _ configuration: ModelConfiguration, products: MatrixProducts, trainable: Bool = true
  ) {
    let (width, hidden) = (configuration.width, configuration.hidden)
    self.configuration = configuration
    self.products = products
    gateUp = LinearWeights(
      outputs: 2 * hidden, inputs: width, products: products, forwardOnly: !trainable)
    down = LinearWeights(
      outputs: width, inputs: hidden, products: products, forwardOnly: !trainable)
  }

  /// Takes over weights that have changed.
  package func load(_ parameters: BlockParameters) {
    gateUp.load(parameters.gateUp)
    down.load(parameters.down)
  }

  /// Reads `kept.feedForwardInput` and overwrites `branch`, both [tokens, width].
  package func forward(
    _ tokens: Int, kept: BlockActivations<Element>, into branch: Matrix<Element>
  ) {
    gateUp.forward(kept.feedForwardInput[tokens], into: kept.gateUp[tokens])
    let (gate, up) = halves(kept.gateUp[tokens])
    swiGLU(gate: gate, up: up, into: kept.activated[tokens])
    down.forward(kept.activated[tokens], into: branch)
  }

  /// Leaves the gradient of `kept.feedForwardInput` in `flow.normed`, given that of the output, and
  /// adds the weights' to `gradients`.
  package func backward(
    _ dBranch: Matrix<Element>, kept: BlockActivations<Element>, flow: BlockGradients<Element>,
    addingTo gradients: BlockParameters
  ) {
    let tokens = dBranch.rows
    down.backward(dBranch, into: flow.activated[tokens])
    products.multiply(transposeOf: dBranch, kept.activated[tokens], addingTo: gradients.down)
    let (gate, up) = halves(kept.gateUp[tokens])
    let (dGate, dUp) = halves(flow.gateUp[tokens])
    swiGLUBackward(flow.activated[tokens], gate: gate, up: up, into: dGate, into: dUp)
    gateUp.backward(flow.gateUp[tokens], into: flow.normed[tokens])
    products.multiply(
      transposeOf: flow.gateUp[tokens], kept.feedForwardInput[tokens], addingTo: gradients.gateUp)
  }

  private func halves(_ matrix: Matrix<Element>) -> (gate: Matrix<Element>, up: Matrix<Element>) {
    let hidden = configuration.hidden
    return (matrix.columns(0..<hidden), matrix.columns(hidden..<2 * hidden))
  }
}
