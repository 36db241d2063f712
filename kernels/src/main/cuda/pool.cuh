// Pooling over NHWC images (PoolKernels). Forward has a thread for every output; backward a thread
// for every input, which collects from the windows that contain it: no two threads add to one
// number, so that the sums are always the same. Images are float or bf16: pool.cu and
// pool_bf16.cu compile it for each.
#pragma once
#include "elements.cuh"

struct Window {
  int top, bottom, left, right;
};

// The part of window (p, q) inside the image.
static __device__ Window window_inside(int p, int q, int h, int w, int kh, int kw, int stride, int pad) {
  int top = p * stride - pad, left = q * stride - pad;
  return {max(top, 0), min(top + kh, h), max(left, 0), min(left + kw, w)};
}

// The first and last window, along one axis, that contains position i.
static __device__ __forceinline__ int first_window(int i, int k, int stride, int pad) {
  int behind = i + pad - k + 1;  // windows start at multiples of the stride
  return behind <= 0 ? 0 : (behind + stride - 1) / stride;
}
static __device__ __forceinline__ int last_window(int i, int stride, int pad, int windows) {
  return min((i + pad) / stride, windows - 1);
}

template <class T>
static __device__ __forceinline__ void max_forward(int n, int h, int w, int c, int kh, int kw, int stride, int pad, int oh,
                                                      int ow, const T *x, T *y, int *argmax) {
  int total = n * oh * ow * c;
  for (int at = grid_thread(); at < total; at += grid_threads()) {
    int channel = at % c, q = at / c % ow, p = at / c / ow % oh, image = at / c / ow / oh;
    const T *pixels = x + (size_t)image * h * w * c + channel;
    Window window = window_inside(p, q, h, w, kh, kw, stride, pad);
    int best = -1;
    float largest = 0;
    for (int iy = window.top; iy < window.bottom; iy++) {
      for (int ix = window.left; ix < window.right; ix++) {
        float v = load_element(pixels + (size_t)(iy * w + ix) * c);
        if (best < 0 || v > largest) {
          best = iy * w + ix;
          largest = v;
        }
      }
    }
    store_element(y + at, largest);
    argmax[at] = best;
  }
}

template <class T>
static __device__ __forceinline__ void max_backward(int n, int h, int w, int c, int kh, int kw, int stride, int pad, int oh,
                                                      int ow, const T *dy, const int *argmax, T *dx) {
  int total = n * h * w * c;
  for (int at = grid_thread(); at < total; at += grid_threads()) {
    int channel = at % c, ix = at / c % w, iy = at / c / w % h, image = at / c / w / h;
    float sum = 0;
    for (int p = first_window(iy, kh, stride, pad); p <= last_window(iy, stride, pad, oh); p++) {
      for (int q = first_window(ix, kw, stride, pad); q <= last_window(ix, stride, pad, ow); q++) {
        size_t from = ((size_t)(image * oh + p) * ow + q) * c + channel;
        if (argmax[from] == iy * w + ix) sum += load_element(dy + from);
      }
    }
    store_element(dx + at, sum);
  }
}

template <class T>
static __device__ __forceinline__ void average_forward(int n, int h, int w, int c, int kh, int kw, int stride, int pad, int oh,
                                                      int ow, const T *x, T *y) {
  int total = n * oh * ow * c;
  for (int at = grid_thread(); at < total; at += grid_threads()) {
    int channel = at % c, q = at / c % ow, p = at / c / ow % oh, image = at / c / ow / oh;
    const T *pixels = x + (size_t)image * h * w * c + channel;
    Window window = window_inside(p, q, h, w, kh, kw, stride, pad);
    float sum = 0;
    for (int iy = window.top; iy < window.bottom; iy++) {
      for (int ix = window.left; ix < window.right; ix++) sum += load_element(pixels + (size_t)(iy * w + ix) * c);
    }
    store_element(y + at, sum / ((window.bottom - window.top) * (window.right - window.left)));
  }
}

template <class T>
static __device__ __forceinline__ void average_backward(int n, int h, int w, int c, int kh, int kw, int stride, int pad, int oh,
                                                      int ow, const T *dy, T *dx) {
  int total = n * h * w * c;
  for (int at = grid_thread(); at < total; at += grid_threads()) {
    int channel = at % c, ix = at / c % w, iy = at / c / w % h, image = at / c / w / h;
    float sum = 0;
    for (int p = first_window(iy, kh, stride, pad); p <= last_window(iy, stride, pad, oh); p++) {
      for (int q = first_window(ix, kw, stride, pad); q <= last_window(ix, stride, pad, ow); q++) {
        Window window = window_inside(p, q, h, w, kh, kw, stride, pad);
        int area = (window.bottom - window.top) * (window.right - window.left);
        sum += load_element(dy + ((size_t)(image * oh + p) * ow + q) * c + channel) / area;
      }
    }
    store_element(dx + at, sum);
  }
}

// ---- the kernels: for tensors of TENSOR, under names that NAME makes, both defined by the .cu file -----

extern "C" __global__ void NAME(max_pool)(int n, int h, int w, int c, int kh, int kw, int stride, int pad, int oh, int ow,
    const TENSOR *x, TENSOR *y, int *argmax) {
  max_forward(n, h, w, c, kh, kw, stride, pad, oh, ow, x, y, argmax);
}

extern "C" __global__ void NAME(max_pool_backward)(int n, int h, int w, int c, int kh, int kw, int stride, int pad, int oh, int ow,
    const TENSOR *dy, const int *argmax, TENSOR *dx) {
  max_backward(n, h, w, c, kh, kw, stride, pad, oh, ow, dy, argmax, dx);
}

extern "C" __global__ void NAME(average_pool)(int n, int h, int w, int c, int kh, int kw, int stride, int pad, int oh, int ow,
    const TENSOR *x, TENSOR *y) {
  average_forward(n, h, w, c, kh, kw, stride, pad, oh, ow, x, y);
}

extern "C" __global__ void NAME(average_pool_backward)(int n, int h, int w, int c, int kh, int kw, int stride, int pad, int oh, int ow,
    const TENSOR *dy, TENSOR *dx) {
  average_backward(n, h, w, c, kh, kw, stride, pad, oh, ow, dy, dx);
}
