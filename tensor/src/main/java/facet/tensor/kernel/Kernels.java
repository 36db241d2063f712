package facet.tensor.kernel;

/// The kernels of a backend, one object a family.
public record Kernels(
    GemmKernels gemm,
    ConvKernels conv,
    GroupedConvKernels groupedConv,
    NormKernels norm,
    PoolKernels pooling,
    PointwiseKernels pointwise,
    RowKernels row,
    HistogramKernels histogram,
    UpdateKernels update) {}
