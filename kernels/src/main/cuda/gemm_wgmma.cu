// Gemm on the tensor cores of compute capability 9.0a: C = op(A) op(B) in bf16 with sums in float32. The
// tiles are in wgmma_tile.cuh, `wide` ones of 192 x 256 for large products. Parameters and grid as in
// gemm_tensor.cu.
#include "wgmma_tile.cuh"

template <int ROWS, int N, bool ACROSS> struct Operand {
  typedef WgmmaAlongK<ROWS, Tile<N>::THREADS, PlainK<Dense<bf16>>> Type;
};
template <int ROWS, int N> struct Operand<ROWS, N, true> {
  typedef WgmmaAcrossK<ROWS, Tile<N>::THREADS, PlainK<Dense<bf16>>> Type;
};

template <int N, bool TRANSPOSE_A, bool TRANSPOSE_B>
static __device__ __forceinline__ void gemm(const bf16 *a, const bf16 *b, float *c, int m, int n, int k, int storedA, int storedB, int chunk, bool halves) {
  const int M = Tile<N>::ROWS;
  PlainK<Dense<bf16>> left{Dense<bf16>(a, TRANSPOSE_A ? k : m, storedA)}, right{Dense<bf16>(b, TRANSPOSE_B ? n : k, storedB)};
  DenseRows rows(c + (size_t)blockIdx.y * m * n, m, n, halves);
  wgmma_tile<N, typename Operand<M, N, TRANSPOSE_A>::Type, typename Operand<N, N, !TRANSPOSE_B>::Type>(
      left, right, rows, Part(m, n, k, M, N, chunk), a);
}

#define GEMM(NAME, N, TRANSPOSE_A, TRANSPOSE_B)                                                                       \
  extern "C" __global__ void __launch_bounds__(Tile<N>::THREADS, Tile<N>::BLOCKS)                                     \
      NAME(const bf16 *a, const bf16 *b, float *c, int m, int n, int k, int storedA, int storedB, int chunk, int halves) { \
    gemm<N, TRANSPOSE_A, TRANSPOSE_B>(a, b, c, m, n, k, storedA, storedB, chunk, halves);                             \
  }

#define ALL(SUFFIX, N)                     \
  GEMM(gemm_nn##SUFFIX, N, false, false)   \
  GEMM(gemm_nt##SUFFIX, N, false, true)    \
  GEMM(gemm_tn##SUFFIX, N, true, false)    \
  GEMM(gemm_tt##SUFFIX, N, true, true)

ALL(_wgmma, 128)
ALL(_wide_wgmma, 256)
