package facet.tensor.kernel;

/// The geometry of a matrix product `op(A) [m, k]` times `op(B) [k, n]`, where `op` transposes or
/// not: `A` is `[m, k]` in memory, transposed `[k, m]`; `B` is `[k, n]`, transposed `[n, k]`.
public record GemmShape(boolean transposeA, boolean transposeB, int m, int n, int k) {}
