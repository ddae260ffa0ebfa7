/// The type of a tensor's elements, named as safetensors names it.
///
/// The cases stand in the order of the reference implementation, by which its writer sorts.
package enum ElementType: String, CaseIterable, Sendable {
  /// A truth value in one byte.
  case bool = "BOOL"
  /// An unsigned integer of 8 bits.
  case u8 = "U8"
  /// A signed integer of 8 bits.
  case i8 = "I8"
  /// An 8-bit float with 5 bits of exponent.
  case f8E5M2 = "F8_E5M2"
  /// An 8-bit float with 4 bits of exponent.
  case f8E4M3 = "F8_E4M3"
  /// A signed integer of 16 bits.
  case i16 = "I16"
  /// An unsigned integer of 16 bits.
  case u16 = "U16"
  /// The half precision of IEEE 754.
  case f16 = "F16"
  /// The upper half of a 32-bit float.
  case bf16 = "BF16"
  /// A signed integer of 32 bits.
  case i32 = "I32"
  /// An unsigned integer of 32 bits.
  case u32 = "U32"
  /// The single precision of IEEE 754.
  case f32 = "F32"
  /// The double precision of IEEE 754.
  case f64 = "F64"
  /// A signed integer of 64 bits.
  case i64 = "I64"
  /// An unsigned integer of 64 bits.
  case u64 = "U64"

  /// How many bytes an element takes.
  package var byteCount: Int {
    switch self {
    case .bool, .u8, .i8, .f8E5M2, .f8E4M3: 1
    case .i16, .u16, .f16, .bf16: 2
    case .i32, .u32, .f32: 4
    case .f64, .i64, .u64: 8
    }
  }
}
