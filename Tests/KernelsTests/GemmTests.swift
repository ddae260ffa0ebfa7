import ParableKernels
import Testing

@Suite("The plain kernel")
struct GemmTests {
  private static let sets = ProductVariant.all.filter { $0.engine == .plain }

  @Test("sums an element alike, whatever rows it is computed with", arguments: sets)
  func rowCount(variant: ProductVariant) throws {
    try check(variant, Float.self, depth: 1030)
    try check(variant, BFloat16.self, depth: 1031)
  }

  private func check<A: ActivationElement>(
    _ variant: ProductVariant, _ type: A.Type, depth: Int
  ) throws {
    let products = variant.products
    let whole = try ProductSample<A, Float>(29, 35, depth, .right)
    let parts = try ProductSample<A, Float>(29, 35, depth, .right)
    whole.multiply(products, adding: true)
    // 1, 2, 3 … rows at a time.
    var start = 0
    var count = 1
    while start < 29 {
      let range = start..<min(29, start + count)
      products.multiply(
        parts.left.view[range].readOnly, transposeOf: parts.right.view.readOnly,
        addingTo: parts.target.view[range])
      start += count
      count += 1
    }
    #expect(parts.bits == whole.bits)
    // And some of the columns alone.
    let some = try ProductSample<A, Float>(29, 35, depth, .right)
    products.multiply(
      some.left.view.readOnly, transposeOf: some.right.view[20..<35].readOnly,
      addingTo: some.target.view.columns(20..<35))
    for row in 0..<29 {
      for column in 20..<35 {
        #expect(some.target.view[row, column] == whole.target.view[row, column])
      }
    }
  }

  @Test("multiplies one row by kept weights like many", arguments: sets)
  func singleRows(variant: ProductVariant) throws {
    for inputs in [7, 1030, 1031] {
      for adding in [false, true] {
        try checkRows(variant, Float.self, Float.self, inputs: inputs, adding: adding)
        try checkRows(variant, BFloat16.self, Float.self, inputs: inputs, adding: adding)
        try checkRows(variant, BFloat16.self, BFloat16.self, inputs: inputs, adding: adding)
      }
    }
  }

  private func checkRows<A: ActivationElement, C: ActivationElement>(
    _ variant: ProductVariant, _ type: A.Type, _ target: C.Type, inputs: Int, adding: Bool
  ) throws {
    // Several panels of every width at once, single ones, and a part of one.
    let outputs = 291
    let weights = LinearWeights<A>(outputs: outputs, inputs: inputs, products: variant.products)
    let master = try GuardedMatrix<Float>(outputs, inputs) { scattered(2, $0, $1) }
    weights.pack(master.view.readOnly)
    let whole = try ProductSample<A, C>(5, outputs, inputs, .right)
    let rows = try ProductSample<A, C>(5, outputs, inputs, .right)
    func multiply(_ x: MutableMatrix<A>, _ y: MutableMatrix<C>) {
      if adding {
        weights.forward(x.readOnly, addingTo: y)
      } else {
        weights.forward(x.readOnly, into: y)
      }
    }
    multiply(whole.left.view, whole.target.view)
    for row in 0..<5 {
      multiply(rows.left.view[row..<row + 1], rows.target.view[row..<row + 1])
    }
    #expect(rows.bits == whole.bits, "\(inputs) inputs, \(type), \(target), adding: \(adding)")
  }

  @Test("rounds a sum of many blocks once, in more rows than it holds", arguments: sets)
  func roundsOnce(variant: ProductVariant) throws {
    let products = variant.products
    let halves = try ProductSample<BFloat16, BFloat16>(1030, 2, 2050, .neither, gap: 0)
    let floats = try ProductSample<BFloat16, Float>(1030, 2, 2050, .neither, gap: 0)
    halves.multiply(products, adding: false)
    floats.multiply(products, adding: false)
    for row in 0..<1030 {
      for column in 0..<2 {
        let rounded = BFloat16(floats.target.view[row, column])
        #expect(halves.target.view[row, column] == rounded)
      }
    }
  }
}
