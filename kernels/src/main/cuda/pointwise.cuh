// Elementwise kernels, and those that broadcast along or sum over rows (PointwiseKernels), over float or
// bf16 tensors; scales, biases, slopes and sums are floats. pointwise.cu and pointwise_bf16.cu compile it
// for each. A kernel over n elements is a loop that strides over the grid, so that any grid will do.
#pragma once
#include "elements.cuh"

// y[i] = f(i, x_0[i], x_1[i], ...). Where all tensors are aligned a thread moves 16 bytes at once, and
// has two pieces in flight before it stores the first: y may be one of the x.
template <class T, int INPUTS, class F>
static __device__ __forceinline__ void elementwise(int n, const T *const (&x)[INPUTS], T *y, const F &f) {
  const int V = 16 / sizeof(T);
  size_t addresses = (size_t)y;
#pragma unroll
  for (int a = 0; a < INPUTS; a++) addresses |= (size_t)x[a];
  unsigned pieces = addresses % 16 == 0 ? n / V : 0, threads = grid_threads();
  for (unsigned i = grid_thread(); i < pieces; i += 2 * threads) {
    Piece<T, V> in[2][INPUTS];
#pragma unroll
    for (int k = 0; k < 2; k++) {
#pragma unroll
      for (int a = 0; a < INPUTS; a++)
        if (i + k * threads < pieces) in[k][a].load(x[a] + (size_t)(i + k * threads) * V);
    }
#pragma unroll
    for (int k = 0; k < 2; k++) {
      unsigned at = (i + k * threads) * V;
      if (i + k * threads >= pieces) break;
      float out[V];
#pragma unroll
      for (int v = 0; v < V; v++) {
        float values[INPUTS];
#pragma unroll
        for (int a = 0; a < INPUTS; a++) values[a] = in[k][a][v];
        out[v] = f(at + v, values);
      }
      Piece<T, V>::store(y + at, out);
    }
  }
  for (unsigned i = pieces * V + grid_thread(); i < (unsigned)n; i += threads) {
    float values[INPUTS];
#pragma unroll
    for (int a = 0; a < INPUTS; a++) values[a] = load_element(x[a] + i);
    store_element(y + i, f(i, values));
  }
}

// y[i] = value.
template <class T> static __device__ __forceinline__ void set_all(int n, float value, T *y) {
  const int V = 16 / sizeof(T);
  unsigned pieces = (size_t)y % 16 == 0 ? n / V : 0, threads = grid_threads();
  float values[V];
  for (int v = 0; v < V; v++) values[v] = value;
  for (unsigned i = grid_thread(); i < pieces; i += threads) Piece<T, V>::store(y + (size_t)i * V, values);
  for (unsigned i = pieces * V + grid_thread(); i < (unsigned)n; i += threads) store_element(y + i, value);
}

template <class T> static __device__ __forceinline__ void add_tensors(int n, const T *a, const T *b, T *y) {
  const T *x[2] = {a, b};
  elementwise(n, x, y, [](unsigned, const float (&v)[2]) { return v[0] + v[1]; });
}

template <class T> static __device__ __forceinline__ void subtract_tensors(int n, const T *a, const T *b, T *y) {
  const T *x[2] = {a, b};
  elementwise(n, x, y, [](unsigned, const float (&v)[2]) { return v[0] - v[1]; });
}

template <class T> static __device__ __forceinline__ void multiply_tensors(int n, const T *a, const T *b, T *y) {
  const T *x[2] = {a, b};
  elementwise(n, x, y, [](unsigned, const float (&v)[2]) { return v[0] * v[1]; });
}

template <class T> static __device__ __forceinline__ void divide_tensors(int n, const T *a, const T *b, T *y) {
  const T *x[2] = {a, b};
  elementwise(n, x, y, [](unsigned, const float (&v)[2]) { return v[0] / v[1]; });
}

template <class T> static __device__ __forceinline__ void exp_of(int n, const T *x, T *y) {
  const T *in[1] = {x};
  elementwise(n, in, y, [](unsigned, const float (&v)[1]) { return expf(v[0]); });
}

template <class T> static __device__ __forceinline__ void log_of(int n, const T *x, T *y) {
  const T *in[1] = {x};
  elementwise(n, in, y, [](unsigned, const float (&v)[1]) { return logf(v[0]); });
}

template <class T> static __device__ __forceinline__ void relu_of(int n, const T *x, T *y) {
  const T *in[1] = {x};
  elementwise(n, in, y, [](unsigned, const float (&v)[1]) { return v[0] < 0 ? 0 : v[0]; });
}

template <class T> static __device__ __forceinline__ void relu_gradient(int n, const T *x, const T *dy, T *dx) {
  const T *in[2] = {x, dy};
  elementwise(n, in, dx, [](unsigned, const float (&v)[2]) { return v[0] > 0 ? v[1] : 0; });
}

template <class T> static __device__ __forceinline__ void sigmoid_of(int n, const T *x, T *y) {
  const T *in[1] = {x};
  elementwise(n, in, y, [](unsigned, const float (&v)[1]) { return 1 / (1 + expf(-v[0])); });
}

template <class T> static __device__ __forceinline__ void sigmoid_gradient(int n, const T *y, const T *dy, T *dx) {
  const T *in[2] = {y, dy};
  elementwise(n, in, dx, [](unsigned, const float (&v)[2]) { return v[1] * (v[0] * (1 - v[0])); });
}

template <class T> static __device__ __forceinline__ void add_scaled(int n, float alpha, const T *x, T *y) {
  const T *in[2] = {x, y};
  elementwise(n, in, y, [=](unsigned, const float (&v)[2]) { return fmaf(alpha, v[0], v[1]); });
}

template <class T> static __device__ __forceinline__ void scaled(int n, float alpha, const T *x, T *y) {
  const T *in[1] = {x};
  elementwise(n, in, y, [=](unsigned, const float (&v)[1]) { return alpha * v[0]; });
}

// partial[b] = the sum of what block b strides over. A sum takes two launches: the second, of one
// block, sums the partial sums.
template <class T> static __device__ __forceinline__ void sum_shares(int n, float alpha, const T *x, float *partial) {
  float v = 0;
  for (unsigned i = grid_thread(); i < (unsigned)n; i += grid_threads()) v += load_element(x + i);
  v = block_sum(v);
  if (threadIdx.x == 0) partial[blockIdx.x] = alpha * v;
}

template <class T>
static __device__ __forceinline__ void add_bias_to_rows(int rows, int columns, const T *x, const float *bias, T *y) {
  const T *in[1] = {x};
  elementwise(rows * columns, in, y, [=](unsigned i, const float (&v)[1]) { return v[0] + bias[i % (unsigned)columns]; });
}

// The factors are s[image, c]; an image has `pixels` rows.
template <class T>
static __device__ __forceinline__ void scale_each_channel(int n, int columns, int pixels, const T *x, const T *s, T *y) {
  const T *in[1] = {x};
  elementwise(n, in, y, [=](unsigned i, const float (&v)[1]) {
    unsigned image = i / (unsigned)columns / (unsigned)pixels;
    return v[0] * load_element(s + (size_t)image * columns + i % (unsigned)columns);
  });
}

// ds[image, c] = the sum of x * dy over the image's rows; blockIdx.y is the image.
template <class T>
static __device__ __forceinline__ void channel_scale_gradient(int rows, int columns, const T *x, const T *dy, T *ds) {
  int c = block_column();
  RowShare image = row_share(rows, blockIdx.y, gridDim.y);
  float v = 0;
  if (c < columns) {
    for (int r = image.from + threadIdx.y; r < image.to; r += ROW_THREADS) {
      size_t i = (size_t)r * columns + c;
      v = fmaf(load_element(x + i), load_element(dy + i), v);
    }
  }
  v = column_sum_of_block(v);
  if (c < columns && threadIdx.y == 0) store_element(ds + (size_t)blockIdx.y * columns + c, v);
}

// partial[share, c] = the sum of column c over a share of the rows; with one share, the sum.
template <class T> static __device__ __forceinline__ void column_sums(int rows, int columns, const T *x, float *partial) {
  int c = block_column();
  RowShare share = row_share(rows, blockIdx.y, gridDim.y);
  float v = 0;
  if (c < columns) {
    for (int r = share.from + threadIdx.y; r < share.to; r += ROW_THREADS) v += load_element(x + (size_t)r * columns + c);
  }
  v = column_sum_of_block(v);
  if (c < columns && threadIdx.y == 0) partial[blockIdx.y * columns + c] = v;
}

template <class T>
static __device__ __forceinline__ void prelu_forward(int rows, int columns, const T *x, const float *slope, T *y) {
  const T *in[1] = {x};
  elementwise(rows * columns, in, y,
              [=](unsigned i, const float (&v)[1]) { return v[0] > 0 ? v[0] : slope[i % (unsigned)columns] * v[0]; });
}

// dx, and shares of dslope, which column_sum adds up.
template <class T>
static __device__ __forceinline__ void prelu_gradient(int rows, int columns, const T *x, const float *slope, const T *dy,
                                                      T *dx, float *partial) {
  int c = block_column();
  RowShare share = row_share(rows, blockIdx.y, gridDim.y);
  float sum = 0;
  if (c < columns) {
    float s = slope[c];
    for (int r = share.from + threadIdx.y; r < share.to; r += ROW_THREADS) {
      size_t i = (size_t)r * columns + c;
      float v = load_element(x + i), d = load_element(dy + i);
      store_element(dx + i, v > 0 ? d : s * d);
      if (!(v > 0)) sum = fmaf(d, v, sum);
    }
  }
  sum = column_sum_of_block(sum);
  if (c < columns && threadIdx.y == 0) partial[blockIdx.y * columns + c] = sum;
}

// CounterRandom.bits: 32 random bits of (seed, index).
static __device__ unsigned random_bits(unsigned low, unsigned high, unsigned index) {
  unsigned h = index ^ low;
  h = (h ^ (h >> 16)) * 0x7feb352du;
  h = (h ^ (h >> 15)) * 0x846ca68bu;
  h ^= (h >> 16) ^ high;
  h = (h ^ (h >> 16)) * 0x7feb352du;
  h = (h ^ (h >> 15)) * 0x846ca68bu;
  return h ^ (h >> 16);
}

// Drops where the 24 upper bits are below `threshold` = rate * 2^24.
template <class T>
static __device__ __forceinline__ void drop(int n, int threshold, int low, int high, float factor, const T *x, T *y) {
  const T *in[1] = {x};
  elementwise(n, in, y, [=](unsigned i, const float (&v)[1]) {
    return (int)(random_bits(low, high, i) >> 8) >= threshold ? factor * v[0] : 0.0f;
  });
}

// ---- the kernels: for tensors of TENSOR, under names that NAME makes, both defined by the .cu file -----

extern "C" __global__ void NAME(fill)(int n, float value, TENSOR *y) { set_all(n, value, y); }

extern "C" __global__ void NAME(add)(int n, const TENSOR *a, const TENSOR *b, TENSOR *y) { add_tensors(n, a, b, y); }

extern "C" __global__ void NAME(subtract)(int n, const TENSOR *a, const TENSOR *b, TENSOR *y) { subtract_tensors(n, a, b, y); }

extern "C" __global__ void NAME(multiply)(int n, const TENSOR *a, const TENSOR *b, TENSOR *y) { multiply_tensors(n, a, b, y); }

extern "C" __global__ void NAME(divide)(int n, const TENSOR *a, const TENSOR *b, TENSOR *y) { divide_tensors(n, a, b, y); }

extern "C" __global__ void NAME(exp_elements)(int n, const TENSOR *x, TENSOR *y) { exp_of(n, x, y); }

extern "C" __global__ void NAME(log_elements)(int n, const TENSOR *x, TENSOR *y) { log_of(n, x, y); }

extern "C" __global__ void NAME(relu)(int n, const TENSOR *x, TENSOR *y) { relu_of(n, x, y); }

extern "C" __global__ void NAME(relu_backward)(int n, const TENSOR *x, const TENSOR *dy, TENSOR *dx) { relu_gradient(n, x, dy, dx); }

extern "C" __global__ void NAME(sigmoid)(int n, const TENSOR *x, TENSOR *y) { sigmoid_of(n, x, y); }

extern "C" __global__ void NAME(sigmoid_backward)(int n, const TENSOR *y, const TENSOR *dy, TENSOR *dx) {
  sigmoid_gradient(n, y, dy, dx);
}

extern "C" __global__ void NAME(axpy)(int n, float alpha, const TENSOR *x, TENSOR *y) { add_scaled(n, alpha, x, y); }

extern "C" __global__ void NAME(scale)(int n, float alpha, const TENSOR *x, TENSOR *y) { scaled(n, alpha, x, y); }

extern "C" __global__ void NAME(scale_by)(int n, float alpha, const float *s, const TENSOR *x, TENSOR *y) {
  scaled(n, alpha * s[0], x, y);
}

extern "C" __global__ void NAME(broadcast)(int n, float alpha, const float *s, TENSOR *y) { set_all(n, alpha * s[0], y); }

extern "C" __global__ void NAME(sum)(int n, float alpha, const TENSOR *x, float *partial) { sum_shares(n, alpha, x, partial); }

extern "C" __global__ void NAME(add_bias)(int rows, int columns, const TENSOR *x, const float *bias, TENSOR *y) {
  add_bias_to_rows(rows, columns, x, bias, y);
}

extern "C" __global__ void NAME(scale_channels)(int n, int columns, int pixels, const TENSOR *x, const TENSOR *s, TENSOR *y) {
  scale_each_channel(n, columns, pixels, x, s, y);
}

extern "C" __global__ void NAME(scale_channels_backward)(int rows, int columns, const TENSOR *x, const TENSOR *dy, TENSOR *ds) {
  channel_scale_gradient(rows, columns, x, dy, ds);
}

extern "C" __global__ void NAME(column_sum)(int rows, int columns, const TENSOR *x, float *partial) {
  column_sums(rows, columns, x, partial);
}

extern "C" __global__ void NAME(prelu)(int rows, int columns, const TENSOR *x, const float *slope, TENSOR *y) {
  prelu_forward(rows, columns, x, slope, y);
}

extern "C" __global__ void NAME(prelu_backward)(int rows, int columns, const TENSOR *x, const float *slope, const TENSOR *dy, TENSOR *dx,
                                          float *partial) {
  prelu_gradient(rows, columns, x, slope, dy, dx, partial);
}

extern "C" __global__ void NAME(dropout)(int n, int threshold, int low, int high, float factor, const TENSOR *x, TENSOR *y) {
  drop(n, threshold, low, high, factor, x, y);
}
