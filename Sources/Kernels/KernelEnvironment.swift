import CInstructions

/// What the bits of every result depend on beside the inputs: ranks that differ in it would train
/// networks that differ.
package enum KernelEnvironment {
  /// The instruction set that the loops use.
  package static var instructionSet: String {
    switch parable_active_instruction_set() {
    case PARABLE_AVX512_BF16: "AVX-512 with bfloat16"
    case PARABLE_AVX512: "AVX-512"
    case PARABLE_AVX2: "AVX2"
    default: "baseline"
    }
  }

  /// What makes the matrix products, with its version.
  package static var matrixProducts: String {
    #if ONEDNN
    "oneDNN \(OneDNNProducts.version)"
    #else
    "the plain kernel"
    #endif
  }
}
