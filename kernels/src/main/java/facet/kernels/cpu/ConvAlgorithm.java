package facet.kernels.cpu;

/// How the CPU backend convolves.
public enum ConvAlgorithm {
  /// Winograd's algorithm where it is the faster one, otherwise as [#DIRECT]. Relative rounding
  /// error about 1e-6.
  FASTEST,

  /// By the definition, as a matrix product. Relative rounding error about 2e-7.
  DIRECT
}
