import CKernels

/// Products through the blocked kernel of `CKernels`.
final class PlainProducts {
  let instructionSet: parable_instruction_set
  let workspace: UnsafeMutableRawPointer

  init(instructionSet: parable_instruction_set) {
    self.instructionSet = instructionSet
    workspace = .allocate(byteCount: parable_gemm_workspace_bytes(), alignment: 4096)
  }

  deinit {
    workspace.deallocate()
  }

  func multiply(_ left: ProductFactor, _ right: ProductFactor, _ target: ProductTarget) {
    requireSupport(of: left.storage)
    parable_gemm(
      instructionSet, left.storage.type, target.shape(depth: left.columns), left.described,
      right.described, target.described, workspace)
  }

  func multiply(_ left: ProductFactor, _ right: PlainPanels, _ target: ProductTarget) {
    parable_gemm_panels(
      instructionSet, left.storage.type, target.shape(depth: left.columns), left.described,
      right.base, target.described, workspace)
  }

  func requireSupport(of storage: ActivationStorage) {
    precondition(
      parable_gemm_supports(instructionSet, storage.type),
      "This processor does not multiply BFloat16.")
  }
}

/// A right factor in the plain kernel's layout.
final class PlainPanels {
  let base: UnsafeMutableRawPointer
  private let storage: ActivationStorage
  private let products: PlainProducts

  init(depth: Int, columns: Int, storage: ActivationStorage, products: PlainProducts) {
    products.requireSupport(of: storage)
    self.storage = storage
    self.products = products
    base = .allocate(
      byteCount: parable_gemm_panels_bytes(
        products.instructionSet, storage.type, depth, columns),
      alignment: 64)
  }

  deinit {
    base.deallocate()
  }

  func load(_ right: ProductFactor) {
    parable_gemm_pack(
      products.instructionSet, storage.type, right.rows, right.columns, right.described, base,
      products.workspace)
  }
}

extension ActivationStorage {
  fileprivate var type: parable_storage {
    switch self {
    case .float: PARABLE_FLOAT
    case .bfloat16: PARABLE_BFLOAT16
    }
  }
}

extension ProductFactor {
  fileprivate var described: parable_gemm_factor {
    parable_gemm_factor(base: base, stride: stride, transposed: transposed)
  }
}

extension ProductTarget {
  fileprivate var described: parable_gemm_target {
    parable_gemm_target(base: base, stride: stride, type: storage.type, adds: adds)
  }

  fileprivate func shape(depth: Int) -> parable_gemm_shape {
    parable_gemm_shape(rows: rows, columns: columns, depth: depth)
  }
}
