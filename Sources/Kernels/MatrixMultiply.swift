import CParableInstructions

/// Products of matrices on one thread: oneDNN's where the package was built with it, else those of
/// the plain kernel.
///
/// Factors are `Float` or `BFloat16`; sums are made in `Float` and stored as `Float` or rounded once
/// to `BFloat16`. Every operand may be a view with a stride; transposes are read in place. The same
/// inputs give the same bits, wherever they lie in memory. An instance keeps what it prepared for a
/// shape and is to be used by one thread at a time.
package final class MatrixProducts {
  /// Whether this processor multiplies `BFloat16` in hardware; where it does not, the factors are
  /// widened on the way, and only products that wait for memory gain from them.
  package static var hasBFloat16Instructions: Bool {
    parable_active_instruction_set() == PARABLE_AVX512_BF16
  }

  /// The libraries that products can run on.
  package enum Engine: Sendable, CaseIterable {
    case plain
    #if ONEDNN
    case oneDNN
    #endif

    /// The faster one for many rows of those that the package was built with and that give the bits which
    /// this thread has to compute.
    package static var preferred: Engine {
      #if ONEDNN
      Bits.selected == .portable ? .plain : .oneDNN
      #else
      .plain
      #endif
    }
  }

  package let engine: Engine
  let plain: PlainProducts
  #if ONEDNN
  let oneDNN: OneDNNProducts
  #endif

  /// Makes products that have nothing prepared yet.
  package convenience init() {
    self.init(engine: .preferred, instructionSet: parable_active_instruction_set())
  }

  /// Makes products for one row at a time, as in generation: on the plain kernel, which reads
  /// packed weights as fast as memory gives them.
  package static func ofSingleRows() -> MatrixProducts {
    MatrixProducts(engine: .plain, instructionSet: parable_active_instruction_set())
  }

  /// Makes products that run on the given engine; the instruction set is that of the plain kernel.
  package init(engine: Engine, instructionSet: parable_instruction_set) {
    self.engine = engine
    plain = PlainProducts(instructionSet: instructionSet)
    #if ONEDNN
    oneDNN = OneDNNProducts()
    #endif
  }

  /// c[m, n] = a[m, k] · b[n, k]ᵀ.
  package func multiply<A: ActivationElement, C: ActivationElement>(
    _ a: Matrix<A>, transposeOf b: Matrix<A>, into c: MutableMatrix<C>
  ) {
    multiply(ProductFactor(a), ProductFactor(transposeOf: b), ProductTarget(c, adds: false))
  }

  /// c[m, n] += a[m, k] · b[n, k]ᵀ.
  package func multiply<A: ActivationElement, C: ActivationElement>(
    _ a: Matrix<A>, transposeOf b: Matrix<A>, addingTo c: MutableMatrix<C>
  ) {
    multiply(ProductFactor(a), ProductFactor(transposeOf: b), ProductTarget(c, adds: true))
  }

  /// c[m, n] = a[m, k] · b[k, n].
  package func multiply<A: ActivationElement, C: ActivationElement>(
    _ a: Matrix<A>, _ b: Matrix<A>, into c: MutableMatrix<C>
  ) {
    multiply(ProductFactor(a), ProductFactor(b), ProductTarget(c, adds: false))
  }

  /// c[m, n] += a[m, k] · b[k, n].
  package func multiply<A: ActivationElement, C: ActivationElement>(
    _ a: Matrix<A>, _ b: Matrix<A>, addingTo c: MutableMatrix<C>
  ) {
    multiply(ProductFactor(a), ProductFactor(b), ProductTarget(c, adds: true))
  }

  /// c[m, n] = a[k, m]ᵀ · b[k, n].
  package func multiply<A: ActivationElement, C: ActivationElement>(
    transposeOf a: Matrix<A>, _ b: Matrix<A>, into c: MutableMatrix<C>
  ) {
    multiply(ProductFactor(transposeOf: a), ProductFactor(b), ProductTarget(c, adds: false))
  }

  /// c[m, n] += a[k, m]ᵀ · b[k, n].
  package func multiply<A: ActivationElement, C: ActivationElement>(
    transposeOf a: Matrix<A>, _ b: Matrix<A>, addingTo c: MutableMatrix<C>
  ) {
    multiply(ProductFactor(transposeOf: a), ProductFactor(b), ProductTarget(c, adds: true))
  }

  private func multiply(_ left: ProductFactor, _ right: ProductFactor, _ target: ProductTarget) {
    precondition(left.columns == right.rows, "The inner sizes of the factors differ.")
    precondition(
      target.rows == left.rows && target.columns == right.columns,
      "The product's sizes are not those of its destination.")
    guard !target.isSettled(depth: left.columns) else { return }
    timed(.gradientProducts, operations: target.operations(depth: left.columns)) {
      multiplyStored(left, right, target)
    }
  }

  private func multiplyStored(
    _ left: ProductFactor, _ right: ProductFactor, _ target: ProductTarget
  ) {
    #if ONEDNN
    if engine == .oneDNN, !isNarrowGradient(left, target), oneDNN.multiply(left, right, target) {
      return
    }
    #endif
    plain.multiply(left, right, target)
  }

  /// Without AVX-512, oneDNN makes the gradients of narrow layers at half to three quarters of the
  /// plain kernel's speed.
  private func isNarrowGradient(_ left: ProductFactor, _ target: ProductTarget) -> Bool {
    left.transposed && min(target.rows, target.columns) <= 256
      && plain.instructionSet.rawValue < PARABLE_AVX512.rawValue
  }

  func multiply(
    _ left: ProductFactor, _ right: PackedFactor, _ target: ProductTarget, part: Profile.Part
  ) {
    precondition(left.columns == right.depth, "The inner sizes of the factors differ.")
    precondition(
      target.rows == left.rows && target.columns == right.columns,
      "The product's sizes are not those of its destination.")
    guard !target.isSettled(depth: left.columns) else { return }
    timed(part, operations: target.operations(depth: left.columns)) {
      switch right.panels {
      case .plain(let panels): plain.multiply(left, panels, target)
      #if ONEDNN
      case .oneDNN(let panels): oneDNN.multiply(left, panels, target)
      #endif
      case .stored(let stored):
        guard let stored else { preconditionFailure("No weight was packed.") }
        multiplyStored(left, stored.factor, target)
      }
    }
  }

  /// Whether `LinearWeights` of this storage hold copies: on some processors products read a weight
  /// where it is stored.
  package func copiesWeights(_ storage: ActivationStorage) -> Bool {
    if case .stored = panels(depth: 512, columns: 512, storage: storage) { false } else { true }
  }

  func panels(
    depth: Int, columns: Int, storage: ActivationStorage, in arena: PanelArena? = nil
  ) -> PackedFactor.Panels {
    #if ONEDNN
    if engine == .oneDNN, depth > 0, columns > 0,
      let panels = oneDNN.panels(
        depth: depth, columns: columns, storage: storage, instructionSet: plain.instructionSet,
        in: arena)
    {
      return panels
    }
    #endif
    return .plain(plain.panels(depth: depth, columns: columns, storage: storage, in: arena))
  }
}

/// A factor of a product: a matrix, or the transpose of the matrix that is stored.
struct ProductFactor {
  let base: UnsafeRawPointer
  let storage: ActivationStorage
  let rows: Int
  let columns: Int
  /// Elements between the rows as stored.
  let stride: Int
  let transposed: Bool

  init<E: ActivationElement>(_ matrix: Matrix<E>) {
    self.init(stored: matrix, transposed: false)
  }

  init<E: ActivationElement>(transposeOf matrix: Matrix<E>) {
    self.init(stored: matrix, transposed: true)
  }

  @_specialize(where E == Float)
  @_specialize(where E == BFloat16)
  init<E: ActivationElement>(stored matrix: Matrix<E>, transposed: Bool) {
    base = UnsafeRawPointer(matrix.base)
    storage = E.storage
    (rows, columns) =
      transposed ? (matrix.columns, matrix.rows) : (matrix.rows, matrix.columns)
    stride = matrix.rows < 2 ? matrix.columns : matrix.stride
    self.transposed = transposed
  }
}

/// Where a product goes.
struct ProductTarget {
  let base: UnsafeMutableRawPointer
  let storage: ActivationStorage
  let rows: Int
  let columns: Int
  let stride: Int
  /// Whether the product is added to what is there.
  let adds: Bool

  @_specialize(where E == Float)
  @_specialize(where E == BFloat16)
  init<E: ActivationElement>(_ matrix: MutableMatrix<E>, adds: Bool) {
    base = UnsafeMutableRawPointer(matrix.base)
    storage = E.storage
    rows = matrix.rows
    columns = matrix.columns
    stride = matrix.rows < 2 ? matrix.columns : matrix.stride
    self.adds = adds
  }

  /// Multiplications and additions of the product.
  func operations(depth: Int) -> Double { 2 * Double(rows) * Double(columns) * Double(depth) }

  /// Whether there is nothing to multiply; an empty sum leaves zeros behind.
  func isSettled(depth: Int) -> Bool {
    guard rows > 0, columns > 0, depth > 0 else {
      if !adds {
        for row in 0..<rows {
          let size = storage.byteCount
          (base + row * stride * size).initializeMemory(
            as: UInt8.self, repeating: 0, count: columns * size)
        }
      }
      return true
    }
    return false
  }
}

extension ActivationStorage {
  /// Bytes of an element.
  var byteCount: Int {
    switch self {
    case .float: 4
    case .bfloat16: 2
    }
  }
}
