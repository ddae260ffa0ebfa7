import CParableInstructions
import ParablePlatform

/// Which bits a computation has.
package enum Bits: String, CaseIterable, Sendable {
  /// Those of the fastest products and loops of this processor.
  case fast

  /// The same on every processor that has AVX2 with fused multiply-adds: products of the plain kernel, loops of
  /// 16 lanes, and no instructions for bfloat16, which is widened instead.
  case portable

  /// What this thread computes with.
  package static var selected: Bits { parable_is_portable() != 0 ? .portable : .fast }

  /// Has this thread compute in these bits from now on, with whatever it makes for it.
  package func select() { parable_select_portable(self == .portable ? 1 : 0) }

  /// Whether this processor can, as far as the environment lets it.
  package var isPossible: Bool {
    self == .fast || parable_active_instruction_set().rawValue >= PARABLE_AVX2.rawValue
  }
}

/// What the bits of every result depend on beside the inputs: ranks that differ in it would train
/// networks that differ.
package enum KernelEnvironment {
  /// The instruction set that the loops use.
  package static var instructionSet: String {
    Bits.selected == .portable ? portable : Processor.instructionSet
  }

  /// What stands for the instruction set where the bits do not depend on it.
  package static let portable = "any with AVX2"

  /// Whether matrix products can be kept to one thread, whatever the environment says.
  package static var keepsToOneThread: Bool {
    #if ONEDNN
    OneDNNProducts.keepsToOneThread
    #else
    true
    #endif
  }

  /// What makes the matrix products, with its version.
  package static var matrixProducts: String {
    #if ONEDNN
    if MatrixProducts.Engine.preferred == .oneDNN { return "oneDNN \(OneDNNProducts.version)" }
    #endif
    return "the plain kernel"
  }
}
