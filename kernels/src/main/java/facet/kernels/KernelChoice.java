package facet.kernels;

/// Whose gemm and convolution run on a GPU.
public enum KernelChoice {
  /// Facet's own.
  HANDWRITTEN,
  /// NVIDIA's cuBLAS and cuDNN, where they are installed.
  VENDOR
}
