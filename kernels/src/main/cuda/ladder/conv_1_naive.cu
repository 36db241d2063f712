// Convolution forward, step 1 of 4: a thread for each element of y [n, oh, ow, o], x being
// [n, h, w, c] and the weight [o, kh, kw, c].
//
// Gains: it is the formula. Threads beside each other read the same x but weights far apart.
#include "common.cuh"

// block 256, a thread for each element
extern "C" __global__ void conv_1_naive(const float *x, const float *w, float *y, int n, int h, int wi, int c, int o, int kh, int kw, int stride, int pad, int oh, int ow) {
  int at = grid_thread();
  if (at >= n * oh * ow * o) return;
  int output = at % o, q = at / o % ow, p = at / (o * ow) % oh, image = at / (o * ow * oh);
  float sum = 0;
  for (int i = 0; i < kh; i++) {
    for (int j = 0; j < kw; j++) {
      int u = p * stride - pad + i, v = q * stride - pad + j;
      if (u < 0 || u >= h || v < 0 || v >= wi) continue;
      const float *pixel = x + (size_t)((image * h + u) * wi + v) * c, *tap = w + (size_t)((output * kh + i) * kw + j) * c;
      for (int l = 0; l < c; l++) sum = fmaf(pixel[l], tap[l], sum);
    }
  }
  y[at] = sum;
}
