import ParableKernels
import ParableModel

/// x [..., sequence, headWidth] turned by the positions of its tokens.
func rotaryPositions(_ given: ComponentCase) throws -> ComponentResult {
  let x = try given.floats("x")
  let shape = try given.shape("x", atLeast: 2)
  let (sequence, width) = (shape[shape.count - 2], x.width)
  guard width > 0, width.isMultiple(of: 2) else {
    throw given.broken("x has a last dimension of \(width) where an even one is expected")
  }
  let positions = try PositionRows(
    given, leading: Array(shape.dropLast(2)), sequence: sequence)
  try given.requireRoom(for: [positions.count, width])
  // Everything that shares a row of positions turns like the heads of one sequence.
  let batch = positions.rows
  let parts = shape.dropLast(2).reduce(1, *) / max(batch, 1)
  let table = RotaryTable(headWidth: width, positions: positions.count, theta: try theta(given))

  func turned(_ tensor: Tensor, inverse: Bool) throws -> Tensor {
    let result = try given.copy(tensor.rows.readOnly, shape: shape)
    let heads = Heads(
      result.base, batchStride: parts * sequence * width, tokenStride: width,
      headStride: sequence * width)
    positions.ids.withUnsafeBufferPointer { ids in
      rotate(
        heads, batch: batch, sequence: sequence, heads: parts, positions: ids.baseAddress,
        positionsBatchStride: sequence, table: table, inverse: inverse)
    }
    return result
  }
  return try given.result(turned(x, inverse: false)) { ["x": try turned($0, inverse: true)] }
}

/// softmax(q · kᵀ / √headWidth where the mask allows) · v: q [..., queries, headWidth], k [...,
/// keys, headWidth], v [..., keys, valueWidth], mask broadcast to [..., queries, keys].
func scaledDotProductAttention(_ given: ComponentCase) throws -> ComponentResult {
  let qShape = try given.shape("q", atLeast: 2)
  let leading = Array(qShape.dropLast(2))
  let (queries, width) = (qShape[qShape.count - 2], qShape[qShape.count - 1])
  let vShape = try given.shape("v", dimensions: qShape.count)
  let (keys, valueWidth) = (vShape[vShape.count - 2], vShape[vShape.count - 1])
  let q = try given.floats("q")
  let k = try given.floats("k", shape: leading + [keys, width])
  let v = try given.floats("v", shape: leading + [keys, valueWidth])
  let output = try given.zeros(leading + [queries, valueWidth])
  let parts = leading.reduce(1, *)
  guard width > 0, valueWidth > 0 else { throw given.broken("q, k or v has a width of 0") }

  let logSumExp = try given.zeros([parts, queries])
  let allowed = try mask(given, leading + [queries, keys])
  let shape = AttentionShape(
    batch: parts, heads: 1, queryLength: queries, keyLength: keys, headWidth: width,
    valueWidth: valueWidth)
  func heads(_ tensor: Tensor) -> Heads<Float> {
    Heads(
      tensor.base, batchStride: tensor.shape.suffix(2).reduce(1, *), tokenStride: tensor.width,
      headStride: 0)
  }
  return try (allowed ?? []).withUnsafeBufferPointer { bytes in
    let mask: AttentionMask =
      if allowed != nil, let base = bytes.baseAddress {
        .boolean(base, batchStride: queries * keys, headStride: 0)
      } else {
        .all
      }
    attention(
      query: heads(q), key: heads(k), value: heads(v), shape: shape, mask: mask,
      into: heads(output), logSumExp: logSumExp.base)
    return try given.result(output) { dOutput in
      let (dQ, dK, dV) = (
        try given.zeros(q.shape), try given.zeros(k.shape), try given.zeros(v.shape)
      )
      attentionBackward(
        heads(dOutput), query: heads(q), key: heads(k), value: heads(v), output: heads(output),
        logSumExp: logSumExp.base, shape: shape, mask: mask, into: heads(dQ), into: heads(dK),
        into: heads(dV))
      return ["q": dQ, "k": dK, "v": dV]
    }
  }
}

/// The case's mask spread to `shape`, nil where there is none.
private func mask(_ given: ComponentCase, _ shape: [Int]) throws -> [UInt8]? {
  guard given.has("mask") else { return nil }
  let maskShape = try given.shape("mask")
  let sizes = Array(repeating: 1, count: max(0, shape.count - maskShape.count)) + maskShape
  guard sizes.count == shape.count, zip(sizes, shape).allSatisfy({ $0 == $1 || $0 == 1 }) else {
    throw given.broken("mask has shape \(maskShape) that does not broadcast to \(shape)")
  }
  var spread = try given.file.bools("mask").map { $0 ? UInt8(1) : 0 }
  try given.requireRoom(for: shape)
  // From the last dimension on, so that what is repeated is spread already.
  for dimension in shape.indices.reversed() where sizes[dimension] != shape[dimension] {
    let block = shape[(dimension + 1)...].reduce(1, *)
    var wider: [UInt8] = []
    wider.reserveCapacity(spread.count * shape[dimension])
    for start in stride(from: 0, to: spread.count, by: max(block, 1)) {
      for _ in 0..<shape[dimension] { wider += spread[start..<start + block] }
    }
    spread = wider
  }
  return spread
}

/// Causal self-attention of x [..., sequence, width] with `num_heads` heads; with `isRotary` queries
/// and keys are turned by their positions, 0, 1, … where none are given.
func selfAttention(_ given: ComponentCase, isRotary: Bool) throws -> ComponentResult {
  let shape = try given.shape("x", atLeast: 2)
  let (sequence, width) = (shape[shape.count - 2], shape[shape.count - 1])
  let batch = shape.dropLast(2).reduce(1, *)
  let heads = try headCount(given, width: width)
  let x = try given.floats("x")
  let rows =
    isRotary
    ? try PositionRows(given, leading: Array(shape.dropLast(2)), sequence: sequence) : nil
  let rotary = try rows.map { rows in
    try requireEvenHeads(given, width: width / heads)
    try given.requireRoom(for: [rows.count, width / heads])
    return (positions: rows.count, theta: try theta(given))
  }
  let sublayer = try Sublayer(
    given, width: width, heads: heads, hidden: 1, tokens: sequence,
    weights: [
      "q_proj.weight": .query, "k_proj.weight": .key, "v_proj.weight": .value,
      "output_proj.weight": .attentionOutput,
    ], rotary: rotary)

  let y = try given.zeros(shape)
  let dY = try given.gradient(ofOutput: shape)
  let dX = try given.zeros(shape)
  let ids = [Int32](repeating: 0, count: sequence)
  // One sequence at a time: each may have positions of its own.
  for item in 0..<batch {
    let part = item * sequence..<(item + 1) * sequence
    copy(x.rows[part].readOnly, into: sublayer.saved.attentionInput)
    let positions = rows?.row(ofPart: item, from: batch) ?? Array(0..<Int32(sequence))[...]
    ids.withUnsafeBufferPointer { ids in
      positions.withUnsafeBufferPointer { positions in
        let tokens = TokenBatch(
          ids: ids, batch: 1, sequence: sequence, positions: positions.baseAddress)
        sublayer.decoder.selfAttention(0, tokens, into: y.rows[part])
        guard let dY else { return }
        sublayer.decoder.selfAttentionBackward(
          0, dY.rows[part].readOnly, tokens, addingTo: sublayer.weights.gradients)
        copy(sublayer.activationGradients.sublayerInput.readOnly, into: dX.rows[part])
      }
    }
  }
  var result = ComponentResult(output: y)
  if dY != nil {
    result.gradients = try sublayer.weights.gradientTensors()
    result.gradients["x"] = dX
  }
  return result
}

func theta(_ given: ComponentCase, key: String = "theta") throws -> Double {
  try given.number(key, in: Double.leastNormalMagnitude...Double.greatestFiniteMagnitude)
}

/// `num_heads`, which divides the width.
func headCount(_ given: ComponentCase, width: Int) throws -> Int {
  let heads = try given.integer("num_heads", in: 1...largestWidth)
  guard width > 0, width.isMultiple(of: heads) else {
    throw given.broken("num_heads \(heads) does not divide the width \(width)")
  }
  return heads
}

/// Throws where rotary positions cannot pair up the elements of a head.
func requireEvenHeads(_ given: ComponentCase, width: Int) throws {
  guard width.isMultiple(of: 2) else {
    throw given.broken("heads have the odd width \(width)")
  }
}
