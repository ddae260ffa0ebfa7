import CParableInstructions
import Glibc
import ParableKernels
import ParablePlatform
import Testing

@Suite("Linear weights")
struct LinearWeightsTests {
  @Test("multiply like a loop in Double, forward and backward", arguments: ProductVariant.all)
  func floats(variant: ProductVariant) throws {
    try check(variant, Float.self, Float.self)
  }

  @Test("are rounded to BFloat16", arguments: ProductVariant.all)
  func halves(variant: ProductVariant) throws {
    try check(variant, BFloat16.self, Float.self)
    try check(variant, BFloat16.self, BFloat16.self)
  }

  @Test("may be laid out by the library that multiplies")
  func reordered() async {
    // As on a processor for which oneDNN has a layout of its own; it reads the variable once.
    await #expect(processExitsWith: .success) {
      setenv("ONEDNN_MAX_CPU_ISA", "AVX2", 1)
      for engine in MatrixProducts.Engine.allCases {
        let variant = ProductVariant(engine: engine, set: PARABLE_BASELINE.rawValue)
        try LinearWeightsTests().check(variant, Float.self, Float.self)
      }
    }
  }

  /// What is read where it is stored, as without AVX-512, keeps what it reads from.
  @Test("keep the memory of a matrix that has an owner, and copy one that is lent")
  func ownership() async {
    await #expect(processExitsWith: .success) {
      setenv("ONEDNN_MAX_CPU_ISA", "AVX2", 1)
      for variant in ProductVariant.all {
        try LinearWeightsTests().checkOwnership(variant.products)
      }
    }
  }

  private func checkOwnership(_ products: MatrixProducts) throws {
    let (outputs, inputs) = (24, 40)
    let x = try GuardedMatrix<Float>(3, inputs) { scattered(1, $0, $1) }
    let y = try GuardedMatrix<Float>(3, outputs) { _, _ in 0 }
    let expected = try GuardedMatrix<Float>(3, outputs) { _, _ in 0 }
    let weights = LinearWeights<Float>(
      outputs: outputs, inputs: inputs, products: products, forwardOnly: true)

    weak var memory: OwnedBuffer<Float>?
    do {
      let owner = OwnedBuffer<Float>(count: outputs * inputs)
      memory = owner
      weights.pack(MutableMatrix(owner, rows: outputs, columns: inputs).readOnly)
    }
    // Whoever reads it where it is stored has it.
    #expect((memory != nil) == !products.copiesWeights(.float))

    var lent = (0..<outputs * inputs).map { scattered(2, 0, $0) }
    lent.withUnsafeMutableBufferPointer { lent in
      guard let base = lent.baseAddress else { return }
      let weight = Matrix(base, rows: outputs, columns: inputs)
      products.multiply(x.view.readOnly, transposeOf: weight, into: expected.view)
      weights.pack(weight)
    }
    for index in lent.indices { lent[index] = .nan }
    // Some of these take the place of what was freed too early.
    let others = (0..<64).map { [Float](repeating: .nan, count: outputs * inputs - $0) }
    defer { withExtendedLifetime(others) {} }
    weights.forward(x.view.readOnly, into: y.view)
    for row in 0..<3 {
      for (found, wanted) in zip(y.view.row(row), expected.view.row(row)) {
        #expect(abs(found - wanted) < 1e-5)
      }
    }
    #expect(memory == nil, "what another weight has replaced is let go")
  }

  /// Every byte that packing writes counts; where nothing is packed, nothing can differ.
  @Test("know whether they are what packing gives", arguments: ProductVariant.all)
  func fresh(variant: ProductVariant) throws {
    try checkFresh(variant, Float.self)
    try checkFresh(variant, BFloat16.self)
  }

  private func checkFresh<E: ActivationElement>(_ variant: ProductVariant, _: E.Type) throws {
    let (outputs, inputs) = (37, 70)
    let memory = OwnedBuffer<UInt8>(count: 1 << 20)
    let arena = PanelArena(UnsafeMutableRawBufferPointer(memory.buffer), owner: memory)
    let weights = LinearWeights<E>(
      outputs: outputs, inputs: inputs, products: variant.products, in: arena)
    let owner = OwnedBuffer<Float>(count: outputs * inputs)
    for index in 0..<owner.count { owner.base[index] = scattered(3, 0, index) }
    let matrix = MutableMatrix(owner, rows: outputs, columns: inputs).readOnly
    weights.pack(matrix)
    #expect(weights.holds(matrix))
    // Zeros pad the panels; what is packed is not zero.
    let written = memory.buffer.indices.filter { memory.base[$0] != 0 }
    for place in stride(from: 0, to: written.count, by: 97).map({ written[$0] }) {
      memory.base[place] ^= 1
      #expect(!weights.holds(matrix), "\(place)")
      memory.base[place] ^= 1
    }
    #expect(weights.holds(matrix))
    if arena.byteCount > 0 {
      #expect(!written.isEmpty)
      owner.base[5] += 1
      #expect(!weights.holds(matrix) && weights.holds(matrix, in: []))
    }
  }

  @Test("tell the fastest product, wherever the weights lie")
  func peak() async {
    await #expect(processExitsWith: .success) {
      setenv("ONEDNN_MAX_CPU_ISA", "AVX2", 1)
      let products = MatrixProducts(engine: .preferred, instructionSet: PARABLE_AVX2)
      // This test is of weights that are read where they are stored.
      if products.engine != .plain { try #require(!products.copiesWeights(.float)) }
      try #require(products.measuredPeak(.float) > 0)
    }
  }

  private func check<E: ActivationElement, C: ActivationElement>(
    _ variant: ProductVariant, _ type: E.Type, _ target: C.Type
  ) throws {
    let products = variant.products
    for (rows, outputs, inputs) in [(1, 70, 33), (3, 16, 16), (21, 33, 70), (13, 7, 1050)] {
      let weights = LinearWeights<E>(outputs: outputs, inputs: inputs, products: products)
      for adding in [false, true] {
        // The master's numbers are those of the sample before they were rounded to E.
        let master = try GuardedMatrix<Float>(outputs, inputs, gap: adding ? 5 : 2, atStart: adding)
        {
          scattered(2, $0, $1)
        }
        weights.pack(master.view.readOnly)
        let forward = try ProductSample<E, C>(rows, outputs, inputs, .right)
        let forwardExpected = forward.expected(adding: adding)
        if adding {
          weights.forward(forward.left.view.readOnly, addingTo: forward.target.view)
        } else {
          weights.forward(forward.left.view.readOnly, into: forward.target.view)
        }
        #expect(
          forward.error(forwardExpected) < tolerance(C.self), "[\(rows), \(outputs), \(inputs)]")

        let backward = try ProductSample<E, C>(rows, inputs, outputs, .neither)
        let backwardExpected = backward.expected(adding: adding)
        if adding {
          weights.backward(backward.left.view.readOnly, addingTo: backward.target.view)
        } else {
          weights.backward(backward.left.view.readOnly, into: backward.target.view)
        }
        #expect(
          backward.error(backwardExpected) < tolerance(C.self), "[\(rows), \(inputs), \(outputs)]")
      }
    }
  }

  @Test("follow the master when they are packed again", arguments: ProductVariant.all)
  func repack(variant: ProductVariant) throws {
    let products = variant.products
    let weights = LinearWeights<Float>(outputs: 20, inputs: 40, products: products)
    let x = try GuardedMatrix<Float>(6, 40) { scattered(4, $0, $1) }
    let y = try GuardedMatrix<Float>(6, 20) { _, _ in 0 }
    for seed in 5..<8 {
      // Another stride each time.
      let master = try GuardedMatrix<Float>(20, 40, gap: seed % 2) { scattered(seed, $0, $1) }
      weights.pack(master.view.readOnly)
      weights.forward(x.view.readOnly, into: y.view)
      let direct = try GuardedMatrix<Float>(6, 20) { _, _ in 0 }
      products.multiply(x.view.readOnly, transposeOf: master.view.readOnly, into: direct.view)
      for row in 0..<6 {
        for column in 0..<20 {
          #expect(abs(y.view[row, column] - direct.view[row, column]) < 1e-5)
        }
      }
    }
  }

  @Test("of the plain kernel give the bits of the unpacked product")
  func sameBits() throws {
    for variant in ProductVariant.all where variant.engine == .plain {
      let products = variant.products
      let sample = try ProductSample<Float, Float>(17, 35, 700, .right)
      sample.multiply(products, adding: false)
      let weights = LinearWeights<Float>(outputs: 35, inputs: 700, products: products)
      weights.pack(sample.right.view.readOnly)
      let again = try ProductSample<Float, Float>(17, 35, 700, .right)
      weights.forward(again.left.view.readOnly, into: again.target.view)
      #expect(again.bits == sample.bits, "\(variant)")
    }
  }

  @Test("of size zero do nothing")
  func empty() throws {
    let products = MatrixProducts()
    let x = try GuardedMatrix<Float>(3, 0) { _, _ in 0 }
    let y = try GuardedMatrix<Float>(3, 4) { _, _ in 1 }
    let master = try GuardedMatrix<Float>(4, 0) { _, _ in 0 }
    let weights = LinearWeights<Float>(outputs: 4, inputs: 0, products: products)
    weights.pack(master.view.readOnly)
    weights.forward(x.view.readOnly, addingTo: y.view)
    #expect(y.view[2, 3] == 1)
    weights.forward(x.view.readOnly, into: y.view)
    #expect(y.view[2, 3] == 0)
  }
}
