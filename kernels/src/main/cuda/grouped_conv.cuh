// Convolution in groups of `per` channels (GroupedConvKernels) over NHWC images with weights
// [kh, kw, c, per], which are floats. Forward has a thread for every output, backward-data one for every
// input, which collects from the windows that contain it; neighbouring threads have neighbouring channels.
// The weight's gradient is summed over shares of the pixels, which column_sum adds up. Images are float or
// bf16: grouped_conv.cu and grouped_conv_bf16.cu compile it for each.
#pragma once
#include "elements.cuh"

template <class T>
static __device__ __forceinline__ void grouped_forward(int n, int h, int w, int c, int per, int kh, int kw, int stride, int pad,
                                                       int oh, int ow, const T *x, const float *weight, T *y) {
  int total = n * oh * ow * c;
  for (int at = grid_thread(); at < total; at += grid_threads()) {
    int channel = at % c, q = at / c % ow, p = at / c / ow % oh, image = at / c / ow / oh;
    int top = p * stride - pad, left = q * stride - pad;
    const T *pixels = x + (size_t)image * h * w * c + channel - channel % per;
    float sum = 0;
    for (int i = max(0, -top); i < min(kh, h - top); i++) {
      for (int j = max(0, -left); j < min(kw, w - left); j++) {
        const T *from = pixels + (size_t)((top + i) * w + left + j) * c;
        const float *tap = weight + ((i * kw + j) * c + channel) * per;
        for (int k = 0; k < per; k++) sum = fmaf(load_element(from + k), tap[k], sum);
      }
    }
    store_element(y + at, sum);
  }
}

// The first tap by which a window has position i, padding counted, along one axis; the next are `stride` apart.
static __device__ __forceinline__ int first_tap(int i, int windows, int stride) {
  int behind = i - (windows - 1) * stride;
  return behind > 0 ? behind : i % stride;
}

template <class T>
static __device__ __forceinline__ void grouped_backward_data(int n, int h, int w, int c, int per, int kh, int kw, int stride,
                                                             int pad, int oh, int ow, const T *dy, const float *weight, T *dx) {
  int total = n * h * w * c;
  for (int at = grid_thread(); at < total; at += grid_threads()) {
    int channel = at % c, right = at / c % w + pad, down = at / c / w % h + pad, image = at / c / w / h;
    int k = channel % per, group = channel - k;
    float sum = 0;
    for (int i = first_tap(down, oh, stride); i < min(kh, down + 1); i += stride) {
      for (int j = first_tap(right, ow, stride); j < min(kw, right + 1); j += stride) {
        const T *from = dy + ((size_t)(image * oh + (down - i) / stride) * ow + (right - j) / stride) * c + group;
        const float *tap = weight + ((i * kw + j) * c + group) * per + k;
        for (int m = 0; m < per; m++) sum = fmaf(load_element(from + m), tap[m * per], sum);
      }
    }
    store_element(dx + at, sum);
  }
}

// partial[share, i, j, c, k]: blockIdx.y is the share of the pixels, blockIdx.z the weight's (i, j, k).
template <class T>
static __device__ __forceinline__ void grouped_backward_weight(int n, int h, int w, int c, int per, int kh, int kw, int stride,
                                                               int pad, int oh, int ow, const T *x, const T *dy, float *partial) {
  int channel = block_column(), k = blockIdx.z % per, j = blockIdx.z / per % kw, i = blockIdx.z / per / kw;
  RowShare share = row_share(n * oh * ow, blockIdx.y, gridDim.y);
  float sum = 0;
  if (channel < c) {
    int from = channel - channel % per + k;
    for (int pixel = share.from + threadIdx.y; pixel < share.to; pixel += ROW_THREADS) {
      int q = pixel % ow, p = pixel / ow % oh, image = pixel / ow / oh;
      int iy = p * stride - pad + i, ix = q * stride - pad + j;
      if (iy < 0 || iy >= h || ix < 0 || ix >= w) continue;
      float v = load_element(x + ((size_t)(image * h + iy) * w + ix) * c + from);
      sum = fmaf(v, load_element(dy + (size_t)pixel * c + channel), sum);
    }
  }
  sum = column_sum_of_block(sum);
  if (channel < c && threadIdx.y == 0) partial[((size_t)(blockIdx.y * kh + i) * kw + j) * c * per + channel * per + k] = sum;
}

// ---- the kernels: for tensors of TENSOR, under names that NAME makes, both defined by the .cu file -----

extern "C" __global__ void NAME(grouped_conv)(int n, int h, int w, int c, int per, int kh, int kw, int stride, int pad, int oh,
    int ow, const TENSOR *x, const float *weight, TENSOR *y) {
  grouped_forward(n, h, w, c, per, kh, kw, stride, pad, oh, ow, x, weight, y);
}

extern "C" __global__ void NAME(grouped_conv_backward_data)(int n, int h, int w, int c, int per, int kh, int kw, int stride,
    int pad, int oh, int ow, const TENSOR *dy, const float *weight, TENSOR *dx) {
  grouped_backward_data(n, h, w, c, per, kh, kw, stride, pad, oh, ow, dy, weight, dx);
}

extern "C" __global__ void NAME(grouped_conv_backward_weight)(int n, int h, int w, int c, int per, int kh, int kw, int stride,
    int pad, int oh, int ow, const TENSOR *x, const TENSOR *dy, float *partial) {
  grouped_backward_weight(n, h, w, c, per, kh, kw, stride, pad, oh, ow, x, dy, partial);
}
