// Gemm on the tensor cores of compute capability 9.0a: C = op(A) op(B) in bf16 with sums in float32. The
// tile is in wgmma_tile.cuh. Parameters and grid as in gemm_tensor.cu.
#include "wgmma_tile.cuh"

enum { TILE = 128 };

template <bool ACROSS> struct Operand {
  typedef WgmmaAlongK<TILE, PlainK<Dense<bf16>>> Type;
};
template <> struct Operand<true> {
  typedef WgmmaAcrossK<TILE, PlainK<Dense<bf16>>> Type;
};

template <bool TRANSPOSE_A, bool TRANSPOSE_B>
static __device__ __forceinline__ void gemm(const bf16 *a, const bf16 *b, float *c, int m, int n, int k, int storedA, int storedB, int chunk, bool halves) {
  PlainK<Dense<bf16>> left{Dense<bf16>(a, TRANSPOSE_A ? k : m, storedA)}, right{Dense<bf16>(b, TRANSPOSE_B ? n : k, storedB)};
  DenseRows rows(c + (size_t)blockIdx.y * m * n, m, n, halves);
  wgmma_tile<TILE, typename Operand<TRANSPOSE_A>::Type, typename Operand<!TRANSPOSE_B>::Type>(
      left, right, rows, Part(m, n, k, TILE, TILE, chunk), a);
}

#define GEMM(NAME, TRANSPOSE_A, TRANSPOSE_B)                                                                 \
  extern "C" __global__ void __launch_bounds__(WGMMA_THREADS, 2)                                             \
      NAME(const bf16 *a, const bf16 *b, float *c, int m, int n, int k, int storedA, int storedB, int chunk, int halves) { \
    gemm<TRANSPOSE_A, TRANSPOSE_B>(a, b, c, m, n, k, storedA, storedB, chunk, halves);                       \
  }

GEMM(gemm_nn_wgmma, false, false)
GEMM(gemm_nt_wgmma, false, true)
GEMM(gemm_tn_wgmma, true, false)
GEMM(gemm_tt_wgmma, true, true)
