import ParablePlatform

/// The weight [outputs, inputs] of a linear layer, packed: in the layouts that products read fastest.
///
/// The parameters stay in `Float` elsewhere; `pack` copies them, rounded to `E`, after each update.
/// Where products read a matrix as it is stored as fast as any other layout, nothing is copied. Layers
/// that share their input (query, key and value, or gate and up) are one weight whose rows are
/// stacked.
package final class LinearWeights<E: ActivationElement> {
  /// The width of the layer's results.
  package let outputs: Int
  /// The width of what the layer is given.
  package let inputs: Int

  private let products: MatrixProducts
  private let forward: PackedFactor
  private let backward: PackedFactor?

  /// Makes room for a weight, in `arena` where there is one; a weight that is only ever used forward can
  /// leave out the layout of the backward pass.
  package init(
    outputs: Int, inputs: Int, products: MatrixProducts, forwardOnly: Bool = false,
    in arena: PanelArena? = nil
  ) {
    self.outputs = outputs
    self.inputs = inputs
    self.products = products
    forward = PackedFactor(
      depth: inputs, columns: outputs, storage: E.storage, products: products, in: arena)
    backward =
      forwardOnly
      ? nil
      : PackedFactor(
        depth: outputs, columns: inputs, storage: E.storage, products: products, in: arena)
  }

  /// The layouts of a weight.
  package enum Layout: CaseIterable {
    /// That of the forward pass.
    case forward
    /// That of the backward pass, where there is one.
    case backward
  }

  /// Packs the weight [outputs, inputs]: copies it, or reads it from now on where it is stored and
  /// keeps its owner.
  ///
  /// Of layouts that are not `copied` another process that shares their memory makes the copies.
  package func pack(_ weight: Matrix<Float>, copying copied: Set<Layout> = [.forward, .backward]) {
    precondition(
      weight.rows == outputs && weight.columns == inputs, "The weight's sizes are not the layer's.")
    forward.pack(weight, transposed: true, copies: copied.contains(.forward))
    backward?.pack(weight, transposed: false, copies: copied.contains(.backward))
  }

  /// Whether packing the weight again gives what is packed, in these layouts; one that is read where
  /// it is stored is always right.
  package func holds(
    _ weight: Matrix<Float>, in layouts: Set<Layout> = [.forward, .backward]
  ) -> Bool {
    (!layouts.contains(.forward) || forward.holds(weight, transposed: true))
      && (!layouts.contains(.backward) || backward?.holds(weight, transposed: false) ?? true)
  }

  /// y[tokens, outputs] = x[tokens, inputs] · weightᵀ.
  package func forward<C: ActivationElement>(
    _ x: Matrix<E>, into y: MutableMatrix<C>
  ) {
    products.multiply(
      ProductFactor(x), forward, ProductTarget(y, adds: false), part: .forwardProducts)
  }

  /// y[tokens, outputs] += x[tokens, inputs] · weightᵀ.
  package func forward<C: ActivationElement>(
    _ x: Matrix<E>, addingTo y: MutableMatrix<C>
  ) {
    products.multiply(
      ProductFactor(x), forward, ProductTarget(y, adds: true), part: .forwardProducts)
  }

  /// dX[tokens, inputs] = dY[tokens, outputs] · weight.
  package func backward<C: ActivationElement>(
    _ dY: Matrix<E>, into dX: MutableMatrix<C>
  ) {
    products.multiply(
      ProductFactor(dY), backwardFactor, ProductTarget(dX, adds: false), part: .backwardProducts)
  }

  /// dX[tokens, inputs] += dY[tokens, outputs] · weight.
  package func backward<C: ActivationElement>(
    _ dY: Matrix<E>, addingTo dX: MutableMatrix<C>
  ) {
    products.multiply(
      ProductFactor(dY), backwardFactor, ProductTarget(dX, adds: true), part: .backwardProducts)
  }

  private var backwardFactor: PackedFactor {
    guard let backward else { preconditionFailure("The weight was made for forward passes only.") }
    return backward
  }
}

/// A right factor [depth, columns] that many products share.
final class PackedFactor {
  let depth: Int
  let columns: Int
  let storage: ActivationStorage
  private(set) var panels: Panels

  enum Panels {
    case plain(PackedPanels)
    #if ONEDNN
    case oneDNN(OneDNNPanels)
    #endif
    /// The matrix as it is stored, once it is there.
    case stored(StoredFactor?)
  }

  init(
    depth: Int, columns: Int, storage: ActivationStorage, products: MatrixProducts,
    in arena: PanelArena?
  ) {
    self.depth = depth
    self.columns = columns
    self.storage = storage
    panels = products.panels(depth: depth, columns: columns, storage: storage, in: arena)
  }

  /// Packs a matrix, or its transpose, or, where it is copied by somebody else, does nothing.
  func pack(_ matrix: Matrix<Float>, transposed: Bool, copies: Bool) {
    guard depth > 0, columns > 0 else { return }
    let right = ProductFactor(stored: matrix, transposed: transposed)
    timed(.packing) {
      switch panels {
      case .plain(let panels): if copies { panels.pack(right) }
      #if ONEDNN
      case .oneDNN(let panels): if copies { panels.pack(right) }
      #endif
      case .stored: panels = .stored(StoredFactor(matrix, transposed: transposed))
      }
    }
  }

  /// Whether packing the matrix again gives the same bytes.
  func holds(_ matrix: Matrix<Float>, transposed: Bool) -> Bool {
    guard depth > 0, columns > 0 else { return true }
    let right = ProductFactor(stored: matrix, transposed: transposed)
    switch panels {
    case .plain(let panels): return panels.holds(right)
    #if ONEDNN
    case .oneDNN(let panels): return panels.holds(right)
    #endif
    case .stored: return true
    }
  }
}

/// A right factor that is read where it is stored, together with what frees that memory: without
/// it there is no such factor.
struct StoredFactor {
  let factor: ProductFactor
  private let owner: AnyObject

  /// Keeps the owner of `matrix`, or a copy of it where its memory is lent.
  init(_ matrix: Matrix<Float>, transposed: Bool) {
    guard let owner = matrix.owner else {
      let copy = OwnedBuffer<Float>(count: matrix.count)
      let copied = MutableMatrix(copy, rows: matrix.rows, columns: matrix.columns)
      ParableKernels.copy(matrix, into: copied)
      self.owner = copy
      factor = ProductFactor(stored: copied.readOnly, transposed: transposed)
      return
    }
    self.owner = owner
    factor = ProductFactor(stored: matrix, transposed: transposed)
  }
}
