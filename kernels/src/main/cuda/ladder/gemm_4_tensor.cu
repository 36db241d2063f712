// Gemm, step 4 of 5: tensor cores.
//
// Gains: one instruction of a warp multiplies 16 x 16 by 16 x 8 bf16, 16 times the rate of float32.
// The floats are rounded to bf16 on their way to shared memory. Tensor cores wait most of the time:
// for the conversion, which goes through registers, for barriers, and for fragments that are read
// two bf16 at a time.
#include "tensor_core.cuh"

enum { TILE = 64, SLICE = 16, PITCH = SLICE / 2 + 4 };  // in pairs of bf16; rows 12 words apart: no bank conflicts

// block 128 (4 warps of 32 x 32), grid over tiles of [n, m]
extern "C" __global__ void __launch_bounds__(128) gemm_4_tensor(const float *a, const float *b, float *c, int m, int n, int k) {
  __shared__ unsigned as[TILE][PITCH], bs[TILE][PITCH];
  int row = blockIdx.y * TILE, column = blockIdx.x * TILE, warp = threadIdx.x / 32, g = threadIdx.x % 32 / 4, t = threadIdx.x % 4;
  int y = warp / 2 * 32, x = warp % 2 * 32;
  float sum[2][4][4] = {};
  for (int from = 0; from < k; from += SLICE) {
    for (int i = threadIdx.x; i < TILE * SLICE / 2; i += 128) {
      int r = i / (SLICE / 2), pair = i % (SLICE / 2), l = from + pair * 2;
      const float *p = a + (size_t)(row + r) * k + l;
      as[r][pair] = pack_bf16x2(row + r < m && l < k ? p[0] : 0.0f, row + r < m && l + 1 < k ? p[1] : 0.0f);
    }
    for (int i = threadIdx.x; i < TILE * SLICE / 2; i += 128) {
      int r = i % TILE, pair = i / TILE, l = from + pair * 2;
      const float *p = b + (size_t)l * n + column + r;
      bs[r][pair] = pack_bf16x2(column + r < n && l < k ? p[0] : 0.0f, column + r < n && l + 1 < k ? p[n] : 0.0f);
    }
    __syncthreads();
    unsigned u[2][4], v[4][2];
#pragma unroll
    for (int i = 0; i < 2; i++)
#pragma unroll
      for (int e = 0; e < 4; e++) u[i][e] = as[y + i * 16 + g + e % 2 * 8][t + e / 2 * 4];
#pragma unroll
    for (int j = 0; j < 4; j++)
#pragma unroll
      for (int e = 0; e < 2; e++) v[j][e] = bs[x + j * 8 + g][t + e * 4];
#pragma unroll
    for (int i = 0; i < 2; i++)
#pragma unroll
      for (int j = 0; j < 4; j++) mma_bf16(sum[i][j], u[i], v[j]);
    __syncthreads();
  }
#pragma unroll
  for (int i = 0; i < 2; i++)
#pragma unroll
    for (int j = 0; j < 4; j++)
#pragma unroll
      for (int e = 0; e < 4; e++) {
        int r = row + y + i * 16 + g + e / 2 * 8, s = column + x + j * 8 + t * 2 + e % 2;
        if (r < m && s < n) c[(size_t)r * n + s] = sum[i][j][e];
      }
}

// Step 5 is ../gemm_tensor.cu (tile in ../tensor_tile.cuh): operands are bf16 (or TF32) in memory
// already and come by asynchronous copies, four slices deep, into shared memory permuted such that
// ldmatrix reads a fragment without bank conflicts; a warp holds 64 x 64 sums.
