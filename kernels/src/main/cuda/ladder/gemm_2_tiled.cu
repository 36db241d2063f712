// Gemm, step 2 of 5: tiles in shared memory.
//
// Gains: a block of 32 x 32 threads reads two tiles of 32 x 32 once and uses each element 32 times:
// a 32nd of the reads from global memory. Now shared memory is the limit: two reads for each
// multiply-add.
#include "common.cuh"

enum { TILE = 32 };

// block 32 x 32, grid over tiles of [n, m]
extern "C" __global__ void __launch_bounds__(1024) gemm_2_tiled(const float *a, const float *b, float *c, int m, int n, int k) {
  __shared__ float as[TILE][TILE], bs[TILE][TILE];
  int x = threadIdx.x, y = threadIdx.y, row = blockIdx.y * TILE + y, column = blockIdx.x * TILE + x;
  float sum = 0;
  for (int from = 0; from < k; from += TILE) {
    as[y][x] = row < m && from + x < k ? a[(size_t)row * k + from + x] : 0.0f;
    bs[y][x] = from + y < k && column < n ? b[(size_t)(from + y) * n + column] : 0.0f;
    __syncthreads();
    for (int l = 0; l < TILE; l++) sum = fmaf(as[y][l], bs[l][x], sum);
    __syncthreads();
  }
  if (row < m && column < n) c[(size_t)row * n + column] = sum;
}
