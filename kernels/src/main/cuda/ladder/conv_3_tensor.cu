// Convolution forward, step 3 of 4: implicit gemm on tensor cores.
//
// Gains: the multiply-adds cost a sixteenth. Rounding to bf16 on the way to shared memory, finding
// elements and waiting for them are what is left: every element of x is read, looked for and
// converted once for each tap of the kernel.
#include "tensor_core.cuh"

enum { TILE = 64, SLICE = 16, PITCH = SLICE / 2 + 4 };

// Element l of the window whose first tap is at (top, left), of k = kh kw c.
static __device__ __forceinline__ float window(const float *image, int top, int left, int l, int k, int h, int wi, int c, int kw) {
  int u = top + l / (kw * c), v = left + l / c % kw;
  return l < k && u >= 0 && u < h && v >= 0 && v < wi ? image[(size_t)(u * wi + v) * c + l % c] : 0.0f;
}

// block 128 (4 warps of 32 pixels x 32 outputs), grid over tiles of [o, pixels]
extern "C" __global__ void __launch_bounds__(128) conv_3_tensor(const float *x, const float *w, float *y, int n, int h, int wi, int c, int o, int kh, int kw, int stride, int pad, int oh, int ow) {
  __shared__ unsigned windows[TILE][PITCH], weights[TILE][PITCH];
  int pixels = n * oh * ow, k = kh * kw * c, row = blockIdx.y * TILE, column = blockIdx.x * TILE;
  int warp = threadIdx.x / 32, g = threadIdx.x % 32 / 4, t = threadIdx.x % 4, ty = warp / 2 * 32, tx = warp % 2 * 32;
  float sum[2][4][4] = {};
  for (int from = 0; from < k; from += SLICE) {
    for (int i = threadIdx.x; i < TILE * SLICE / 2; i += 128) {
      int r = i / (SLICE / 2), pair = i % (SLICE / 2), l = from + pair * 2, pixel = row + r, output = column + r;
      const float *image = x + (size_t)(pixel / (oh * ow)) * h * wi * c, *weight = w + (size_t)output * k;
      int top = pixel / ow % oh * stride - pad, left = pixel % ow * stride - pad, end = pixel < pixels ? k : 0;
      windows[r][pair] = pack_bf16x2(window(image, top, left, l, end, h, wi, c, kw), window(image, top, left, l + 1, end, h, wi, c, kw));
      weights[r][pair] = pack_bf16x2(output < o && l < k ? weight[l] : 0.0f, output < o && l + 1 < k ? weight[l + 1] : 0.0f);
    }
    __syncthreads();
    unsigned u[2][4], v[4][2];
#pragma unroll
    for (int i = 0; i < 2; i++)
#pragma unroll
      for (int e = 0; e < 4; e++) u[i][e] = windows[ty + i * 16 + g + e % 2 * 8][t + e / 2 * 4];
#pragma unroll
    for (int j = 0; j < 4; j++)
#pragma unroll
      for (int e = 0; e < 2; e++) v[j][e] = weights[tx + j * 8 + g][t + e * 4];
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
        int pixel = row + ty + i * 16 + g + e / 2 * 8, output = column + tx + j * 8 + t * 2 + e % 2;
        if (pixel < pixels && output < o) y[(size_t)pixel * o + output] = sum[i][j][e];
      }
}

// Step 4 is ../conv_tensor.cu: the image is bf16 in memory already (converted once, not once a tap),
// comes by asynchronous copies that fill in the zeros of the border, and a position is decoded once
// for a thread's rows; all three directions, the gradient of the weight split among blocks.
