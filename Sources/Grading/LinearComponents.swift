import ParableKernels

/// y = x · Wᵀ: x [..., inputs], weight [outputs, inputs].
func linear(_ given: ComponentCase) throws -> ComponentResult {
  let weightShape = try given.shape("weight", dimensions: 2)
  let (outputs, inputs) = (weightShape[0], weightShape[1])
  let leading = try given.shape("x", atLeast: 1).dropLast()
  let x = try given.floats("x", shape: leading + [inputs])
  let weight = try given.floats("weight")
  let y = try given.zeros(leading + [outputs])

  let products = MatrixProducts()
  let layer = LinearWeights<Float>(outputs: outputs, inputs: inputs, products: products)
  layer.pack(weight.rows.readOnly)
  layer.forward(x.rows.readOnly, into: y.rows)
  return try given.result(y) { dY in
    let dX = try given.zeros(x.shape)
    let dWeight = try given.zeros(weight.shape)
    layer.backward(dY.rows.readOnly, into: dX.rows)
    products.multiply(transposeOf: dY.rows.readOnly, x.rows.readOnly, addingTo: dWeight.rows)
    return ["x": dX, "weight": dWeight]
  }
}

/// output[t] = weight[token_ids[t]]: token_ids [...], weight [vocabulary, width].
func embeddingRows(_ given: ComponentCase) throws -> ComponentResult {
  let weightShape = try given.shape("weight", dimensions: 2)
  let ids = try given.indices("token_ids", below: weightShape[0])
  let weight = try given.floats("weight")
  let output = try given.zeros(given.shape("token_ids") + [weightShape[1]])

  return try ids.withUnsafeBufferPointer { ids in
    embedding(ids, table: weight.rows.readOnly, into: output.rows)
    return try given.result(output) { dOutput in
      let dWeight = try given.zeros(weight.shape)
      embeddingBackward(ids, dOutput: dOutput.rows.readOnly, addingTo: dWeight.rows)
      return ["weight": dWeight]
    }
  }
}
