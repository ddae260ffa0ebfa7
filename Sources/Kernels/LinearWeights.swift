import Platform

/// The weight [outputs, inputs] of a linear layer, kept in the layouts that products like best.
///
/// The parameters stay in `Float` elsewhere; `load` copies them, rounded to `E`, once a step. Where
/// products read a matrix as it is stored as fast as any other layout, nothing is copied. Layers
/// that share their input (query, key and value, or gate and up) are one weight whose rows are
/// stacked.
package final class LinearWeights<E: ActivationElement> {
  /// The width of the layer's results.
  package let outputs: Int
  /// The width of what the layer is given.
  package let inputs: Int

  private let products: MatrixProducts
  private let forward: KeptFactor
  private let backward: KeptFactor?

  /// Makes room for a weight; one that is only ever used forward can leave out the layout of the
  /// backward pass.
  package init(outputs: Int, inputs: Int, products: MatrixProducts, forwardOnly: Bool = false) {
    self.outputs = outputs
    self.inputs = inputs
    self.products = products
    forward = KeptFactor(
      depth: inputs, columns: outputs, storage: E.storage, products: products)
    backward =
      forwardOnly
      ? nil
      : KeptFactor(depth: outputs, columns: inputs, storage: E.storage, products: products)
  }

  /// Takes over the weight [outputs, inputs]: copies it, or reads it from now on where it is stored
  /// and keeps its owner.
  package func load(_ weight: Matrix<Float>) {
    precondition(
      weight.rows == outputs && weight.columns == inputs, "The weight's sizes are not the layer's.")
    forward.load(weight, transposed: true)
    backward?.load(weight, transposed: false)
  }

  /// y[tokens, outputs] = x[tokens, inputs] · weightᵀ.
  package func forward<C: ActivationElement>(_ x: Matrix<E>, into y: Matrix<C>) {
    products.multiply(
      ProductFactor(x), forward, ProductTarget(y, adds: false), part: .forwardProducts)
  }

  /// y[tokens, outputs] += x[tokens, inputs] · weightᵀ.
  package func forward<C: ActivationElement>(_ x: Matrix<E>, addingTo y: Matrix<C>) {
    products.multiply(
      ProductFactor(x), forward, ProductTarget(y, adds: true), part: .forwardProducts)
  }

  /// dX[tokens, inputs] = dY[tokens, outputs] · weight.
  package func backward<C: ActivationElement>(_ dY: Matrix<E>, into dX: Matrix<C>) {
    products.multiply(
      ProductFactor(dY), backwardFactor, ProductTarget(dX, adds: false), part: .backwardProducts)
  }

  /// dX[tokens, inputs] += dY[tokens, outputs] · weight.
  package func backward<C: ActivationElement>(_ dY: Matrix<E>, addingTo dX: Matrix<C>) {
    products.multiply(
      ProductFactor(dY), backwardFactor, ProductTarget(dX, adds: true), part: .backwardProducts)
  }

  private var backwardFactor: KeptFactor {
    guard let backward else { preconditionFailure("The weight was made for forward passes only.") }
    return backward
  }
}

/// A right factor [depth, columns] that many products share.
final class KeptFactor {
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

  init(depth: Int, columns: Int, storage: ActivationStorage, products: MatrixProducts) {
    self.depth = depth
    self.columns = columns
    self.storage = storage
    panels = products.panels(depth: depth, columns: columns, storage: storage)
  }

  /// Takes over a matrix, or its transpose.
  func load(_ matrix: Matrix<Float>, transposed: Bool) {
    guard depth > 0, columns > 0 else { return }
    let right = transposed ? ProductFactor(transposeOf: matrix) : ProductFactor(matrix)
    timed(.packing) {
      switch panels {
      case .plain(let panels): panels.load(right)
      #if ONEDNN
      case .oneDNN(let panels): panels.load(right)
      #endif
      case .stored: panels = .stored(StoredFactor(matrix, transposed: transposed))
      }
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
    var kept = matrix
    if let owner = matrix.owner {
      self.owner = owner
    } else {
      let copy = OwnedBuffer<Float>(count: matrix.count)
      kept = Matrix(copy, rows: matrix.rows, columns: matrix.columns)
      for row in 0..<matrix.rows { _ = kept.row(row).update(fromContentsOf: matrix.row(row)) }
      owner = copy
    }
    factor = transposed ? ProductFactor(transposeOf: kept) : ProductFactor(kept)
  }
}
