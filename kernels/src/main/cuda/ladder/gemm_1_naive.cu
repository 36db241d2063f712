// Gemm, step 1 of 5: a thread for each element of C [m, n] = A [m, k] B [k, n].
//
// Gains: it is the formula. Every multiply-add waits for two floats from memory or a cache, so that
// the arithmetic units are idle nearly all the time.
#include "common.cuh"

// block 32 x 8, grid over [n, m]
extern "C" __global__ void gemm_1_naive(const float *a, const float *b, float *c, int m, int n, int k) {
  int column = blockIdx.x * blockDim.x + threadIdx.x, row = blockIdx.y * blockDim.y + threadIdx.y;
  if (row >= m || column >= n) return;
  float sum = 0;
  for (int l = 0; l < k; l++) sum = fmaf(a[(size_t)row * k + l], b[(size_t)l * n + column], sum);
  c[(size_t)row * n + column] = sum;
}
