package facet.kernels;

/// What gemm and convolution compute with on a GPU. Tensors are float32 and sums are kept in
/// float32 whatever the choice.
public enum Precision {
  /// Float32, exact to rounding: plain cores.
  FP32,
  /// Factors rounded to 10 bits of mantissa, the exponent of float32: tensor cores.
  TF32,
  /// Factors rounded to bfloat16, 7 bits of mantissa, the exponent of float32: tensor cores.
  BF16
}
