// Pooling over bf16 images; see pool.cuh.
#include "pool.cuh"

extern "C" __global__ void max_pool_bf16(int n, int h, int w, int c, int kh, int kw, int stride, int pad, int oh, int ow,
    const bf16 *x, bf16 *y, int *argmax) {
  max_forward(n, h, w, c, kh, kw, stride, pad, oh, ow, x, y, argmax);
}

extern "C" __global__ void max_pool_backward_bf16(int n, int h, int w, int c, int kh, int kw, int stride, int pad, int oh, int ow,
    const bf16 *dy, const int *argmax, bf16 *dx) {
  max_backward(n, h, w, c, kh, kw, stride, pad, oh, ow, dy, argmax, dx);
}

extern "C" __global__ void average_pool_bf16(int n, int h, int w, int c, int kh, int kw, int stride, int pad, int oh, int ow,
    const bf16 *x, bf16 *y) {
  average_forward(n, h, w, c, kh, kw, stride, pad, oh, ow, x, y);
}

extern "C" __global__ void average_pool_backward_bf16(int n, int h, int w, int c, int kh, int kw, int stride, int pad, int oh, int ow,
    const bf16 *dy, bf16 *dx) {
  average_backward(n, h, w, c, kh, kw, stride, pad, oh, ow, dy, dx);
}
