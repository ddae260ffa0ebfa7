import CParableInstructions
import CParableNumerics
import Glibc
import ParablePlatform

/// Products through the blocked kernel of `CNumerics`.
final class PlainProducts {
  let instructionSet: parable_instruction_set
  private let workspace = OwnedBuffer<UInt8>(uninitializedCount: parable_gemm_workspace_bytes())

  init(instructionSet: parable_instruction_set) {
    precondition(
      instructionSet.rawValue <= parable_supported_instruction_set().rawValue,
      "This processor does not have these instructions.")
    self.instructionSet = instructionSet
  }

  func multiply(_ left: ProductFactor, _ right: ProductFactor, _ target: ProductTarget) {
    parable_gemm(
      instructionSet, left.storage.view, target.shape(depth: left.columns), left.view,
      right.view, target.view, workspace.base)
  }

  func multiply(_ left: ProductFactor, _ right: PackedPanels, _ target: ProductTarget) {
    parable_gemm_packed(
      instructionSet, left.storage.view, target.shape(depth: left.columns), left.view,
      right.base, target.view, workspace.base)
  }

  func panels(
    depth: Int, columns: Int, storage: ActivationStorage, in arena: PanelArena?
  ) -> PackedPanels {
    let panels = parable_gemm_own_panels(instructionSet, storage.view, depth, columns)
    return PackedPanels(panels, storage: storage, instructionSet: instructionSet, in: arena)
  }
}

/// A right factor in panels, whose width and padding are those of the kernel that multiplies.
final class PackedPanels {
  let base: UnsafeMutableRawPointer
  private let owner: AnyObject
  private let panels: parable_gemm_panels
  private let storage: ActivationStorage
  private let instructionSet: parable_instruction_set

  init(
    _ panels: parable_gemm_panels, storage: ActivationStorage,
    instructionSet: parable_instruction_set, in arena: PanelArena?
  ) {
    self.panels = panels
    self.storage = storage
    self.instructionSet = instructionSet
    let byteCount = parable_gemm_panels_bytes(panels, storage.view)
    if let arena {
      (base, owner) = (arena.take(byteCount), arena)
    } else {
      let memory = OwnedBuffer<UInt8>(count: byteCount)
      (base, owner) = (UnsafeMutableRawPointer(memory.base), memory)
    }
  }

  /// Copies a factor of Float, rounding it to the storage of the panels.
  func pack(_ right: ProductFactor) {
    parable_gemm_pack(instructionSet, storage.view, panels, right.view, base)
  }

  /// Whether packing a factor gives what is packed.
  func holds(_ right: ProductFactor) -> Bool {
    let byteCount = parable_gemm_panels_bytes(panels, storage.view)
    let fresh = OwnedBuffer<UInt8>(count: byteCount)
    parable_gemm_pack(instructionSet, storage.view, panels, right.view, fresh.base)
    return memcmp(fresh.base, base, byteCount) == 0
  }
}

extension ActivationStorage {
  /// The same for the loops in C.
  var view: parable_storage {
    switch self {
    case .float: PARABLE_FLOAT
    case .bfloat16: PARABLE_BFLOAT16
    }
  }
}

extension ProductFactor {
  fileprivate var view: parable_gemm_factor {
    parable_gemm_factor(base: base, stride: stride, transposed: transposed)
  }
}

extension ProductTarget {
  fileprivate var view: parable_gemm_target {
    parable_gemm_target(base: base, stride: stride, type: storage.view, adds: adds)
  }

  fileprivate func shape(depth: Int) -> parable_gemm_shape {
    parable_gemm_shape(rows: rows, columns: columns, depth: depth)
  }
}
