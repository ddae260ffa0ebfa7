/// A type that activations are stored in: `Float` or `BFloat16`.
///
/// Every kernel that takes it computes in `Float` and rounds once, where it stores. What a token that is
/// generated passes through is also compiled for each of the two (`@_specialize`): in small networks
/// generic code would take a twentieth of the time.
package protocol ActivationElement: BitwiseCopyable, Sendable {
  /// The type as the C loops know it.
  static var storage: ActivationStorage { get }

  /// Rounds a `Float` to this type.
  init(_ value: Float)

  /// The value as a `Float`.
  var float: Float { get }
}

/// The types that an `ActivationElement` may be, for choosing a loop.
package enum ActivationStorage: Sendable {
  /// 32 bits.
  case float
  /// The upper 16 bits of them.
  case bfloat16
}

extension Float: ActivationElement {
  /// 32 bits.
  package static var storage: ActivationStorage { .float }

  /// The value itself.
  package var float: Float { self }
}

extension BFloat16: ActivationElement {
  /// 16 bits.
  package static var storage: ActivationStorage { .bfloat16 }
}
