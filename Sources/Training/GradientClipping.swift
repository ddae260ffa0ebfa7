import Kernels

/// Clipping by the global norm: all gradients are scaled by one factor so that their common
/// Euclidean norm is at most a maximum (Pascanu, Mikolov and Bengio 2013).
public enum GradientClipping {
  /// The norm of all values together, summed in fixed chunks in `Double`; not finite where a value
  /// is not.
  public static func norm(_ gradients: UnsafeBufferPointer<Float>) -> Double {
    sumOfSquares(gradients).squareRoot()
  }

  /// The factor that brings `norm` down to `maximum`: maximum / (norm + 1e-6), at most 1.
  public static func coefficient(norm: Double, maximum: Double) -> Double {
    min(1, maximum / (norm + 1e-6))
  }
}
