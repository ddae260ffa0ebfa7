import CKernels
import Kernels
import Testing

@Suite("The plain kernel")
struct GemmTests {
  private static let sets = ProductVariant.all.filter { $0.engine == .plain }

  @Test("sums an element alike, whatever rows it is computed with", arguments: sets)
  func rowCount(variant: ProductVariant) throws {
    try check(variant, Float.self, depth: 1030)
    if variant.takesBFloat16 {
      try check(variant, BFloat16.self, depth: 1031)
    }
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
        parts.left.view[range], transposeOf: parts.right.view, addingTo: parts.target.view[range])
      start += count
      count += 1
    }
    #expect(parts.bits == whole.bits)
    // And some of the columns alone.
    let some = try ProductSample<A, Float>(29, 35, depth, .right)
    products.multiply(
      some.left.view, transposeOf: some.right.view[20..<35],
      addingTo: some.target.view.columns(20..<35))
    for row in 0..<29 {
      for column in 20..<35 {
        #expect(some.target.view[row, column] == whole.target.view[row, column])
      }
    }
  }

  @Test("rounds a sum of many blocks once, in more rows than it holds", .enabled(if: takesHalves))
  func roundsOnce() throws {
    let set = parable_supported_instruction_set().rawValue
    let products = ProductVariant(engine: .plain, set: set).products
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

  @Test("supports Float everywhere and BFloat16 where the processor does")
  func support() {
    #expect(parable_gemm_supports(PARABLE_BASELINE, PARABLE_FLOAT))
    #expect(!parable_gemm_supports(PARABLE_BASELINE, PARABLE_BFLOAT16))
    #expect(!parable_gemm_supports(PARABLE_AVX512, PARABLE_BFLOAT16))
  }

  private static let takesHalves = parable_gemm_supports(
    parable_supported_instruction_set(), PARABLE_BFLOAT16)
}
