// Pooling over float32 images; see pool.cuh.
#include "pool.cuh"

extern "C" __global__ void max_pool(int n, int h, int w, int c, int kh, int kw, int stride, int pad, int oh, int ow,
    const float *x, float *y, int *argmax) {
  max_forward(n, h, w, c, kh, kw, stride, pad, oh, ow, x, y, argmax);
}

extern "C" __global__ void max_pool_backward(int n, int h, int w, int c, int kh, int kw, int stride, int pad, int oh, int ow,
    const float *dy, const int *argmax, float *dx) {
  max_backward(n, h, w, c, kh, kw, stride, pad, oh, ow, dy, argmax, dx);
}

extern "C" __global__ void average_pool(int n, int h, int w, int c, int kh, int kw, int stride, int pad, int oh, int ow,
    const float *x, float *y) {
  average_forward(n, h, w, c, kh, kw, stride, pad, oh, ow, x, y);
}

extern "C" __global__ void average_pool_backward(int n, int h, int w, int c, int kh, int kw, int stride, int pad, int oh, int ow,
    const float *dy, float *dx) {
  average_backward(n, h, w, c, kh, kw, stride, pad, oh, ow, dy, dx);
}
