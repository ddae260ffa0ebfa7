import CParableInstructions

/// What the processor of this machine offers.
package enum Processor {
  /// The widest instruction set that it has and that the environment does not forbid: the bits of
  /// every result depend on it.
  package static var instructionSet: String { name(of: parable_active_instruction_set()) }

  /// The widest instruction set that it has, whatever the environment says.
  package static var bestInstructionSet: String { name(of: parable_supported_instruction_set()) }

  private static func name(of set: parable_instruction_set) -> String {
    switch set {
    case PARABLE_AVX512_BF16: "AVX-512 with bfloat16"
    case PARABLE_AVX512: "AVX-512"
    case PARABLE_AVX2: "AVX2"
    default: "baseline"
    }
  }
}
