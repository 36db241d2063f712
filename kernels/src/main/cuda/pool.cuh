// Pooling over NHWC images (PoolKernels). Forward has a thread for every output; backward a thread
// for every input, which collects from the windows that contain it: no two threads add to one
// number, so that the sums are always the same. Where channels and addresses allow, a thread has the
// channels of 16 bytes, so that finding its pixel costs little beside moving them. Images are float or
// bf16: pool.cu and pool_bf16.cu compile it for each.
#pragma once
#include "elements.cuh"
#include "views.cuh"

enum { POOL_THREADS = 256 };

struct Window {
  int top, bottom, left, right;
};

// The part of window (p, q) inside the image.
static __device__ __forceinline__ Window window_inside(int p, int q, int h, int w, int kh, int kw, int stride, int pad) {
  int top = p * stride - pad, left = q * stride - pad;
  return {max(top, 0), min(top + kh, h), max(left, 0), min(left + kw, w)};
}
static __device__ __forceinline__ int area(const Window &w) { return (w.bottom - w.top) * (w.right - w.left); }

// The first and last window, along one axis, that contains position i.
static __device__ __forceinline__ int first_window(int i, int k, const Divider &byStride, int pad) {
  int behind = i + pad - k + 1;  // windows start at multiples of the stride
  return behind <= 0 ? 0 : byStride.quotient(behind + byStride.divisor - 1);
}
static __device__ __forceinline__ int last_window(int i, const Divider &byStride, int pad, int windows) {
  return min(byStride.quotient(i + pad), windows - 1);
}

// What the threads of a grid do in turn: V channels of a pixel of images [n, height, width, c].
template <int V> struct Pixels {
  Divider byLot, byWidth, byHeight;
  int total;
  struct Place {
    int image, y, x, channel;
  };
  __device__ Pixels(int n, int height, int width, int c)
      : byLot(c / V), byWidth(width), byHeight(height), total(n * height * width * (c / V)) {}
  __device__ __forceinline__ Place of(int at) const {
    int pixel = byLot.quotient(at), line = byWidth.quotient(pixel), image = byHeight.quotient(line);
    return {image, line - image * byHeight.divisor, pixel - line * byWidth.divisor, (at - pixel * byLot.divisor) * V};
  }
};

// V neighbouring integers, aligned like the elements beside them.
template <int V> struct Integers {
  int v[V];
  __device__ __forceinline__ void load(const int *p) {
#pragma unroll
    for (int e = 0; e < V; e += 4) {
      if constexpr (V == 1) {
        v[e] = p[e];
      } else {
        int4 four = *reinterpret_cast<const int4 *>(p + e);
        v[e] = four.x;
        v[e + 1] = four.y;
        v[e + 2] = four.z;
        v[e + 3] = four.w;
      }
    }
  }
  __device__ __forceinline__ void store(int *p) const {
#pragma unroll
    for (int e = 0; e < V; e += 4) {
      if constexpr (V == 1) {
        p[e] = v[e];
      } else {
        *reinterpret_cast<int4 *>(p + e) = make_int4(v[e], v[e + 1], v[e + 2], v[e + 3]);
      }
    }
  }
};

template <class T, int V>
static __device__ __forceinline__ void max_forward(int n, int h, int w, int c, int kh, int kw, int stride, int pad, int oh,
                                                   int ow, const T *x, T *y, int *argmax) {
  Pixels<V> outputs(n, oh, ow, c);
  for (int at = grid_thread(); at < outputs.total; at += grid_threads()) {
    typename Pixels<V>::Place o = outputs.of(at);
    const T *pixels = x + (size_t)o.image * h * w * c + o.channel;
    Window window = window_inside(o.y, o.x, h, w, kh, kw, stride, pad);
    Integers<V> best;
    float largest[V];
#pragma unroll
    for (int e = 0; e < V; e++) {
      best.v[e] = -1;
      largest[e] = 0;
    }
    for (int iy = window.top; iy < window.bottom; iy++) {
      for (int ix = window.left; ix < window.right; ix++) {
        Piece<T, V> v;
        v.load(pixels + (size_t)(iy * w + ix) * c);
#pragma unroll
        for (int e = 0; e < V; e++) {
          if (best.v[e] < 0 || v[e] > largest[e]) {
            best.v[e] = iy * w + ix;
            largest[e] = v[e];
          }
        }
      }
    }
    Piece<T, V>::store(y + (size_t)at * V, largest);
    best.store(argmax + (size_t)at * V);
  }
}

template <class T, int V>
static __device__ __forceinline__ void max_backward(int n, int h, int w, int c, int kh, int kw, int stride, int pad, int oh,
                                                    int ow, const T *dy, const int *argmax, T *dx) {
  Pixels<V> inputs(n, h, w, c);
  Divider byStride(stride);
  for (int at = grid_thread(); at < inputs.total; at += grid_threads()) {
    typename Pixels<V>::Place i = inputs.of(at);
    float sum[V] = {};
    int firstQ = first_window(i.x, kw, byStride, pad), lastQ = last_window(i.x, byStride, pad, ow);
    int lastP = last_window(i.y, byStride, pad, oh);
    for (int p = first_window(i.y, kh, byStride, pad); p <= lastP; p++) {
      for (int q = firstQ; q <= lastQ; q++) {
        size_t from = ((size_t)(i.image * oh + p) * ow + q) * c + i.channel;
        Integers<V> chosen;
        Piece<T, V> v;
        chosen.load(argmax + from);
        v.load(dy + from);
#pragma unroll
        for (int e = 0; e < V; e++) {
          if (chosen.v[e] == i.y * w + i.x) sum[e] += v[e];
        }
      }
    }
    Piece<T, V>::store(dx + (size_t)at * V, sum);
  }
}

template <class T, int V>
static __device__ __forceinline__ void average_forward(int n, int h, int w, int c, int kh, int kw, int stride, int pad, int oh,
                                                       int ow, const T *x, T *y) {
  Pixels<V> outputs(n, oh, ow, c);
  for (int at = grid_thread(); at < outputs.total; at += grid_threads()) {
    typename Pixels<V>::Place o = outputs.of(at);
    const T *pixels = x + (size_t)o.image * h * w * c + o.channel;
    Window window = window_inside(o.y, o.x, h, w, kh, kw, stride, pad);
    float sum[V] = {};
    for (int iy = window.top; iy < window.bottom; iy++) {
      for (int ix = window.left; ix < window.right; ix++) {
        Piece<T, V> v;
        v.load(pixels + (size_t)(iy * w + ix) * c);
#pragma unroll
        for (int e = 0; e < V; e++) sum[e] += v[e];
      }
    }
#pragma unroll
    for (int e = 0; e < V; e++) sum[e] /= area(window);
    Piece<T, V>::store(y + (size_t)at * V, sum);
  }
}

// Of large windows, of which there are few: block (b, d) has window b and the d-th 256 lots of V
// channels. Its threads share out the pixels; what they have is added in a fixed order.
template <class T, int V>
static __device__ __forceinline__ void average_wide(int h, int w, int c, int kh, int kw, int stride, int pad, int oh, int ow,
                                                    const T *x, T *y) {
  __shared__ float shares[V][POOL_THREADS];
  int lots = c / V, lanes = 1;
  while (lanes < lots && lanes < POOL_THREADS) lanes *= 2;
  int lane = threadIdx.x % lanes, share = threadIdx.x / lanes, count = POOL_THREADS / lanes;
  int lot = blockIdx.y * lanes + lane, line = blockIdx.x / ow, image = line / oh;
  Window window = window_inside(line % oh, blockIdx.x % ow, h, w, kh, kw, stride, pad);
  int width = window.right - window.left, pixels = area(window);
  Divider byWidth(width);
  const T *first = x + (((size_t)image * h + window.top) * w + window.left) * c + lot * V;
  float sum[V] = {};
  if (lot < lots) {
#pragma unroll 4
    for (int p = share; p < pixels; p += count) {
      int down = byWidth.quotient(p);
      Piece<T, V> v;
      v.load(first + (size_t)(down * w + p - down * width) * c);
#pragma unroll
      for (int e = 0; e < V; e++) sum[e] += v[e];
    }
  }
#pragma unroll
  for (int e = 0; e < V; e++) shares[e][threadIdx.x] = sum[e];
  __syncthreads();
  if (share > 0 || lot >= lots) return;
#pragma unroll
  for (int e = 0; e < V; e++) {
    for (int s = 1; s < count; s++) sum[e] += shares[e][s * lanes + lane];
    sum[e] /= pixels;
  }
  Piece<T, V>::store(y + (size_t)blockIdx.x * c + lot * V, sum);
}

template <class T, int V>
static __device__ __forceinline__ void average_backward(int n, int h, int w, int c, int kh, int kw, int stride, int pad, int oh,
                                                        int ow, const T *dy, T *dx) {
  Pixels<V> inputs(n, h, w, c);
  Divider byStride(stride);
  for (int at = grid_thread(); at < inputs.total; at += grid_threads()) {
    typename Pixels<V>::Place i = inputs.of(at);
    float sum[V] = {};
    int firstQ = first_window(i.x, kw, byStride, pad), lastQ = last_window(i.x, byStride, pad, ow);
    int lastP = last_window(i.y, byStride, pad, oh);
    for (int p = first_window(i.y, kh, byStride, pad); p <= lastP; p++) {
      for (int q = firstQ; q <= lastQ; q++) {
        float part = 1.0f / area(window_inside(p, q, h, w, kh, kw, stride, pad));
        Piece<T, V> v;
        v.load(dy + ((size_t)(i.image * oh + p) * ow + q) * c + i.channel);
#pragma unroll
        for (int e = 0; e < V; e++) sum[e] = fmaf(v[e], part, sum[e]);
      }
    }
    Piece<T, V>::store(dx + (size_t)at * V, sum);
  }
}

// ---- the kernels: for tensors of TENSOR, under names that NAME makes, both defined by the .cu file -----

enum { LOT = 16 / sizeof(TENSOR) };

// Whether the channels of 16 bytes can be moved at once, of tensors whose addresses are put together.
static __device__ __forceinline__ bool in_lots(int channels, size_t addresses) {
  return channels % LOT == 0 && addresses % 16 == 0;
}

#define GEOMETRY int n, int h, int w, int c, int kh, int kw, int stride, int pad, int oh, int ow
#define SHAPE n, h, w, c, kh, kw, stride, pad, oh, ow

extern "C" __global__ void NAME(max_pool)(GEOMETRY, const TENSOR *x, TENSOR *y, int *argmax) {
  if (in_lots(c, (size_t)x | (size_t)y | (size_t)argmax)) {
    max_forward<TENSOR, LOT>(SHAPE, x, y, argmax);
  } else {
    max_forward<TENSOR, 1>(SHAPE, x, y, argmax);
  }
}

extern "C" __global__ void NAME(max_pool_backward)(GEOMETRY, const TENSOR *dy, const int *argmax, TENSOR *dx) {
  if (in_lots(c, (size_t)dy | (size_t)argmax | (size_t)dx)) {
    max_backward<TENSOR, LOT>(SHAPE, dy, argmax, dx);
  } else {
    max_backward<TENSOR, 1>(SHAPE, dy, argmax, dx);
  }
}

extern "C" __global__ void NAME(average_pool)(GEOMETRY, const TENSOR *x, TENSOR *y) {
  if (in_lots(c, (size_t)x | (size_t)y)) {
    average_forward<TENSOR, LOT>(SHAPE, x, y);
  } else {
    average_forward<TENSOR, 1>(SHAPE, x, y);
  }
}

extern "C" __global__ void NAME(average_pool_wide)(GEOMETRY, const TENSOR *x, TENSOR *y) {
  if (in_lots(c, (size_t)x | (size_t)y)) {
    average_wide<TENSOR, LOT>(h, w, c, kh, kw, stride, pad, oh, ow, x, y);
  } else {
    average_wide<TENSOR, 1>(h, w, c, kh, kw, stride, pad, oh, ow, x, y);
  }
}

extern "C" __global__ void NAME(average_pool_backward)(GEOMETRY, const TENSOR *dy, TENSOR *dx) {
  if (in_lots(c, (size_t)dy | (size_t)dx)) {
    average_backward<TENSOR, LOT>(SHAPE, dy, dx);
  } else {
    average_backward<TENSOR, 1>(SHAPE, dy, dx);
  }
}
