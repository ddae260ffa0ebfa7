import ParablePlatform

/// What the bits of every result depend on beside the inputs: ranks that differ in it would train
/// networks that differ.
package enum KernelEnvironment {
  /// The instruction set that the loops use.
  package static var instructionSet: String { Processor.instructionSet }

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
    "oneDNN \(OneDNNProducts.version)"
    #else
    "the plain kernel"
    #endif
  }
}
