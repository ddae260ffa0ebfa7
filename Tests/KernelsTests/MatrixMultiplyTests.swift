import CParableInstructions
import Foundation
import ParableKernels
import Testing

@Suite("Matrix products")
struct MatrixMultiplyTests {
  /// Tiles of every instruction set with and without remainders, a block of the depth and more than
  /// one, a stripe of columns and more than one.
  static let shapes = [
    (1, 1, 1), (1, 37, 19), (2, 8, 3), (3, 33, 5), (4, 70, 16), (5, 16, 2), (13, 31, 7),
    (24, 64, 32), (29, 47, 33), (50, 35, 12), (7, 40, 1100), (14, 290, 9),
  ]

  @Test(
    "equal a loop in Double, for every transpose, overwriting and adding",
    arguments: ProductVariant.all)
  func floats(variant: ProductVariant) throws {
    try check(variant.products, Float.self, Float.self, "\(variant)")
  }

  @Test("take BFloat16 and give Float", arguments: ProductVariant.all)
  func halvesToFloats(variant: ProductVariant) throws {
    try check(variant.products, BFloat16.self, Float.self, "\(variant)")
  }

  @Test("take and give BFloat16", arguments: ProductVariant.all)
  func halves(variant: ProductVariant) throws {
    try check(variant.products, BFloat16.self, BFloat16.self, "\(variant)")
  }

  private func check<A: ActivationElement, C: ActivationElement>(
    _ products: MatrixProducts, _ a: A.Type, _ c: C.Type, _ name: String
  ) throws {
    for (rows, columns, depth) in Self.shapes {
      for transposed in StoredTransposed.allCases {
        for (gap, adding) in [(0, false), (3, true)] {
          let sample = try ProductSample<A, C>(
            rows, columns, depth, transposed, gap: gap, atStart: adding)
          let expected = sample.expected(adding: adding)
          sample.multiply(products, adding: adding)
          let error = sample.error(expected)
          #expect(
            error < tolerance(C.self),
            "\(name): [\(rows), \(columns), \(depth)] \(transposed) gap \(gap)")
        }
      }
    }
  }

  @Test("fill with zeros or leave alone where a size is zero", arguments: ProductVariant.all)
  func empty(variant: ProductVariant) throws {
    let products = variant.products
    for transposed in StoredTransposed.allCases {
      for (rows, columns, depth) in [(3, 5, 0), (0, 5, 2), (3, 0, 2), (0, 0, 0)] {
        for adding in [false, true] {
          let sample = try ProductSample<Float, Float>(rows, columns, depth, transposed)
          let expected = sample.expected(adding: adding)
          sample.multiply(products, adding: adding)
          #expect(sample.error(expected) == 0)
        }
      }
    }
  }

  @Test(
    "let NaN and infinity through, into their row or column alone", arguments: ProductVariant.all)
  func nonFinite(variant: ProductVariant) throws {
    let products = variant.products
    for transposed in StoredTransposed.allCases {
      let sample = try ProductSample<Float, Float>(15, 21, 9, transposed)
      let a = sample.left.view
      let b = sample.right.view
      if transposed == .left { a[8, 14] = .nan } else { a[14, 8] = .nan }
      if transposed == .right { b[20, 0] = .infinity } else { b[0, 20] = .infinity }
      sample.multiply(products, adding: false)
      let c = sample.target.view
      for row in 0..<15 {
        for column in 0..<21 {
          let value = c[row, column]
          if row == 14 {
            #expect(value.isNaN)
          } else if column == 20 {
            #expect(value.isInfinite)
          } else {
            #expect(value.isFinite)
          }
        }
      }
    }
  }

  @Test("do not depend on where the operands lie", arguments: ProductVariant.all)
  func alignment(variant: ProductVariant) throws {
    let products = variant.products
    for transposed in StoredTransposed.allCases {
      let reference = try ProductSample<Float, Float>(27, 45, 70, transposed, gap: 0)
      reference.multiply(products, adding: false)
      // The size of the gap moves every row, and both ends of the pages move the first one.
      for (gap, atStart) in [(1, false), (5, true), (8, false), (16, true)] {
        let moved = try ProductSample<Float, Float>(
          27, 45, 70, transposed, gap: gap, atStart: atStart)
        moved.multiply(products, adding: false)
        #expect(moved.bits == reference.bits, "\(transposed), gap \(gap)")
      }
    }
  }

  @Test("give the same bits again, from a new instance too", arguments: ProductVariant.all)
  func repeated(variant: ProductVariant) throws {
    let products = variant.products
    var seen: Set<[UInt32]> = []
    for attempt in 0..<3 {
      let sample = try ProductSample<Float, Float>(30, 50, 600, .right)
      sample.multiply(attempt < 2 ? products : variant.products, adding: true)
      seen.insert(sample.bits)
    }
    #expect(seen.count == 1)
  }

  @Test("compute on the calling thread alone")
  func threads() async {
    // In a process of its own, where no other test starts threads.
    await #expect(processExitsWith: .success) {
      let sample = try ProductSample<Float, Float>(256, 300, 200, .neither, gap: 0)
      let before = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/task").count
      // OpenMP keeps the threads that it has once started.
      for _ in 0..<3 { sample.multiply(MatrixProducts(), adding: false) }
      let after = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/task").count
      #expect(after == before)
    }
  }

  @Test("of both engines agree")
  func agreement() throws {
    let results = try MatrixProducts.Engine.allCases.map { engine in
      let sample = try ProductSample<Float, Float>(40, 90, 700, .right)
      let widest = parable_supported_instruction_set().rawValue
      sample.multiply(ProductVariant(engine: engine, set: widest).products, adding: false)
      return sample.bits.map(Float.init(bitPattern:))
    }
    for result in results {
      for (value, first) in zip(result, results[0]) {
        #expect(abs(value - first) < 1e-4 * max(1, abs(first)))
      }
    }
  }
}
