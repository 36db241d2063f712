// Gemm, step 3 of 5: tiles in registers, too.
//
// Gains: a thread makes 8 x 8 sums and reads 16 floats of shared memory for 64 multiply-adds, an
// eighth of step 2. A is transposed on the way, so that its 8 rows lie together. What is left is
// waiting: nothing is computed while a slice is loaded.
#include "common.cuh"

enum { TILE = 128, SLICE = 8, EACH = 8 };

// block 256, grid over tiles of [n, m]
extern "C" __global__ void __launch_bounds__(256) gemm_3_registers(const float *a, const float *b, float *c, int m, int n, int k) {
  __shared__ float as[SLICE][TILE], bs[SLICE][TILE];
  int row = blockIdx.y * TILE, column = blockIdx.x * TILE, y = threadIdx.x / 16 * EACH, x = threadIdx.x % 16 * EACH;
  float sum[EACH][EACH] = {};
  for (int from = 0; from < k; from += SLICE) {
    for (int i = threadIdx.x; i < SLICE * TILE; i += 256) {
      int r = i / SLICE, l = i % SLICE;
      as[l][r] = row + r < m && from + l < k ? a[(size_t)(row + r) * k + from + l] : 0.0f;
    }
    for (int i = threadIdx.x; i < SLICE * TILE; i += 256) {
      int l = i / TILE, r = i % TILE;
      bs[l][r] = from + l < k && column + r < n ? b[(size_t)(from + l) * n + column + r] : 0.0f;
    }
    __syncthreads();
#pragma unroll
    for (int l = 0; l < SLICE; l++) {
      float u[EACH], v[EACH];
#pragma unroll
      for (int i = 0; i < EACH; i++) u[i] = as[l][y + i], v[i] = bs[l][x + i];
#pragma unroll
      for (int i = 0; i < EACH; i++)
#pragma unroll
        for (int j = 0; j < EACH; j++) sum[i][j] = fmaf(u[i], v[j], sum[i][j]);
    }
    __syncthreads();
  }
#pragma unroll
  for (int i = 0; i < EACH; i++)
#pragma unroll
    for (int j = 0; j < EACH; j++)
      if (row + y + i < m && column + x + j < n) c[(size_t)(row + y + i) * n + column + x + j] = sum[i][j];
}

// Step 4 in float32 is ../gemm.cu (tile in ../float_tile.cuh): the next slice travels while this one
// is multiplied, reads and writes are 16 bytes wide and free of bank conflicts, either operand may be
// transposed, long sums are split among blocks.
