// Convolution forward, step 2 of 4: implicit gemm with tiles in shared memory.
//
// Gains: y [pixels, o] is the product of the windows of x, a matrix [pixels, kh kw c] that is never
// built, and the transposed weight: all that is known of gemm holds. Each element read from memory
// is used 32 times. Finding an element costs divisions, and shared memory is read twice for each
// multiply-add.
#include "common.cuh"

enum { TILE = 32 };

// block 32 x 32, grid over tiles of [o, pixels]
extern "C" __global__ void __launch_bounds__(1024) conv_2_tiled(const float *x, const float *w, float *y, int n, int h, int wi, int c, int o, int kh, int kw, int stride, int pad, int oh, int ow) {
  __shared__ float windows[TILE][TILE], weights[TILE][TILE + 1];
  int pixels = n * oh * ow, k = kh * kw * c, tx = threadIdx.x, ty = threadIdx.y;
  int pixel = blockIdx.y * TILE + ty, output = blockIdx.x * TILE + tx, loaded = blockIdx.x * TILE + ty;
  int image = pixel / (oh * ow), top = pixel / ow % oh * stride - pad, left = pixel % ow * stride - pad;
  float sum = 0;
  for (int from = 0; from < k; from += TILE) {
    int l = from + tx, u = top + l / (kw * c), v = left + l / c % kw;
    bool inside = pixel < pixels && l < k && u >= 0 && u < h && v >= 0 && v < wi;
    windows[ty][tx] = inside ? x[(size_t)((image * h + u) * wi + v) * c + l % c] : 0.0f;
    weights[ty][tx] = loaded < o && l < k ? w[(size_t)loaded * k + l] : 0.0f;
    __syncthreads();
    for (int i = 0; i < TILE; i++) sum = fmaf(windows[ty][i], weights[tx][i], sum);
    __syncthreads();
  }
  if (pixel < pixels && output < o) y[(size_t)pixel * o + output] = sum;
}

// Step 3 in float32 is ../conv.cu: the register tile of gemm over views of the operands
// (../views.cuh), in all three directions; positions are decoded by multiplications, once for many
// elements.
