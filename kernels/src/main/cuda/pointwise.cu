// Elementwise kernels, and those that broadcast along or sum over rows (PointwiseKernels).
// A kernel over n elements is a loop that strides over the grid, so that any grid will do.
#include "common.cuh"

extern "C" __global__ void fill(int n, float value, float *y) {
  for (int i = grid_thread(); i < n; i += grid_threads()) y[i] = value;
}

extern "C" __global__ void add(int n, const float *a, const float *b, float *y) {
  for (int i = grid_thread(); i < n; i += grid_threads()) y[i] = a[i] + b[i];
}

extern "C" __global__ void axpy(int n, float alpha, const float *x, float *y) {
  for (int i = grid_thread(); i < n; i += grid_threads()) y[i] = fmaf(alpha, x[i], y[i]);
}

extern "C" __global__ void scale(int n, float alpha, const float *x, float *y) {
  for (int i = grid_thread(); i < n; i += grid_threads()) y[i] = alpha * x[i];
}

extern "C" __global__ void scale_by(int n, float alpha, const float *s, const float *x, float *y) {
  float factor = alpha * s[0];
  for (int i = grid_thread(); i < n; i += grid_threads()) y[i] = factor * x[i];
}

extern "C" __global__ void broadcast(int n, float alpha, const float *s, float *y) {
  float value = alpha * s[0];
  for (int i = grid_thread(); i < n; i += grid_threads()) y[i] = value;
}

// partial[b] = the sum of what block b strides over. A sum takes two launches: the second, of one
// block, sums the partial sums.
extern "C" __global__ void sum(int n, float alpha, const float *x, float *partial) {
  float v = 0;
  for (int i = grid_thread(); i < n; i += grid_threads()) v += x[i];
  v = block_sum(v);
  if (threadIdx.x == 0) partial[blockIdx.x] = alpha * v;
}

extern "C" __global__ void add_bias(int rows, int columns, const float *x, const float *bias, float *y) {
  int n = rows * columns;
  for (int i = grid_thread(); i < n; i += grid_threads()) y[i] = x[i] + bias[i % columns];
}

// partial[share, c] = the sum of column c over a share of the rows; with one share, the sum.
extern "C" __global__ void column_sum(int rows, int columns, const float *x, float *partial) {
  int c = block_column();
  RowShare share = row_share(rows, blockIdx.y, gridDim.y);
  float v = 0;
  if (c < columns) {
    for (int r = share.from + threadIdx.y; r < share.to; r += ROW_THREADS) v += x[(size_t)r * columns + c];
  }
  v = column_sum_of_block(v);
  if (c < columns && threadIdx.y == 0) partial[blockIdx.y * columns + c] = v;
}

extern "C" __global__ void prelu(int rows, int columns, const float *x, const float *slope, float *y) {
  int n = rows * columns;
  for (int i = grid_thread(); i < n; i += grid_threads()) {
    float v = x[i];
    y[i] = v > 0 ? v : slope[i % columns] * v;
  }
}

// dx, and shares of dslope, which column_sum adds up.
extern "C" __global__ void prelu_backward(int rows, int columns, const float *x, const float *slope,
                                          const float *dy, float *dx, float *partial) {
  int c = block_column();
  RowShare share = row_share(rows, blockIdx.y, gridDim.y);
  float sum = 0;
  if (c < columns) {
    float s = slope[c];
    for (int r = share.from + threadIdx.y; r < share.to; r += ROW_THREADS) {
      size_t i = (size_t)r * columns + c;
      float v = x[i], d = dy[i];
      dx[i] = v > 0 ? d : s * d;
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
extern "C" __global__ void dropout(int n, int threshold, int low, int high, float factor, const float *x,
                                   float *y) {
  for (int i = grid_thread(); i < n; i += grid_threads()) {
    int draw = (int)(random_bits(low, high, i) >> 8);
    y[i] = draw >= threshold ? factor * x[i] : 0.0f;
  }
}
