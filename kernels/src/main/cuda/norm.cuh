// Batch normalisation of [rows, channels], fused with PReLU or the residual's addition that follows
// (NormKernels), over float or bf16 tensors; statistics and parameters are floats. norm.cu
// and norm_bf16.cu compile it for each.
//
// Layout: neighbouring threads (x) have neighbouring pieces of V channels, so that 16 of them read 128
// bytes and more in a row; threads of the same x walk down the rows, blockDim.y at a time. In the
// grid's x direction lie groups of channels, in y equal shares of the rows. The few blocks that run at
// once share out everything, and each thread has several rows in flight before it uses the first.
//
// Sums over all rows take one launch: the block that finishes last adds up what each has left in
// memory, in a fixed order, so that results repeat bit for bit.
#pragma once
#include "elements.cuh"

enum { NORM_THREADS = 512, NORM_COUNTERS = 4096 };

// Where a thread works.
template <int V> struct NormPlace {
  int channels, channel;  // the thread's first one
  int from, to;           // the rows of the block

  __device__ NormPlace(int rows, int channels)
      : channels(channels), channel((blockIdx.x * blockDim.x + threadIdx.x) * V) {
    RowShare share = row_share(rows, blockIdx.y, gridDim.y);
    from = share.from;
    to = share.to;
  }

  __device__ bool mine() const { return channel < channels; }

  // Calls f(position, pieces) for each row of this thread, with the pieces of `ARRAYS` tensors there.
  // The rows of a round are read before the first of them is used: dx may be dy.
  template <class T, int ARRAYS, class F> __device__ __forceinline__ void rows(const T *const (&tensors)[ARRAYS], const F &f) const {
    const int ROUND = V * sizeof(T) == 16 ? 2 : 4;
    for (int r = from + threadIdx.y; r < to; r += ROUND * blockDim.y) {
      Piece<T, V> pieces[ROUND][ARRAYS];
#pragma unroll
      for (int i = 0; i < ROUND; i++) {
        int row = r + i * blockDim.y;
        if (row < to) {
#pragma unroll
          for (int a = 0; a < ARRAYS; a++) pieces[i][a].load(tensors[a] + (size_t)row * channels + channel);
        }
      }
#pragma unroll
      for (int i = 0; i < ROUND; i++) {
        int row = r + i * blockDim.y;
        if (row < to) f((size_t)row * channels + channel, pieces[i]);
      }
    }
  }

  // How many rows thread row y has.
  __device__ __forceinline__ int count(int y) const { return max(0, (to - from - y + (int)blockDim.y - 1) / (int)blockDim.y); }
};

// ---- sums of a block and of all blocks ----------------------------------------------------------

// The channels of a block are `width` = blockDim.x V. For their sums the threads share the work in another way: thread
// t has channel t % width of the group and every slice-th number, beginning with number t / width.
struct Slice {
  int width, channel, first, step;

  __device__ explicit Slice(int width) : width(width) {
    int t = threadIdx.y * blockDim.x + threadIdx.x;
    channel = t % width;
    first = t / width;
    step = NORM_THREADS / width;
  }
};

// Shared memory for one number of each thread and channel.
static __device__ float *norm_exchange(int which) {
  __shared__ float numbers[2][NORM_THREADS * 4];
  return numbers[which];
}

// Stores the V numbers of this thread as numbers[threadIdx.y][channel of the group].
template <int V> static __device__ __forceinline__ void put(float *numbers, const float (&v)[V]) {
  float *to = numbers + (threadIdx.y * blockDim.x + threadIdx.x) * V;
#pragma unroll
  for (int i = 0; i < V; i++) to[i] = v[i];
}

// The sum over all slices of a channel, in their order; right in the threads of slice 0. Every
// thread of the block must call it.
static __device__ __forceinline__ float sum_of_slices(const Slice &slice, float v) {
  float *numbers = norm_exchange(0);
  __syncthreads();
  numbers[slice.first * slice.width + slice.channel] = v;
  __syncthreads();
  float sum = 0;
  if (slice.first == 0) {
    for (int i = 0; i < slice.step; i++) sum += numbers[i * slice.width + slice.channel];
  }
  return sum;
}

// Whether this block is the last one of its group of channels to come here; all that the others
// wrote to memory before can then be read. `counters` are 0 before and after a launch.
static __device__ bool last_of_group(unsigned *counters) {
  __shared__ bool last;
  __threadfence();
  __syncthreads();
  if (gridDim.y == 1) return true;
  if (threadIdx.x == 0 && threadIdx.y == 0) {
    last = atomicAdd(&counters[blockIdx.x], 1u) == gridDim.y - 1;
    if (last) counters[blockIdx.x] = 0;
  }
  __syncthreads();
  __threadfence();
  return last;
}

// ---- statistics ---------------------------------------------------------------------------------

// Merges means and sums of squared distances from them (m2) around a number near all means, so that
// no large numbers cancel.
struct Merging {
  float reference, count, sum, squares;

  __device__ explicit Merging(float reference) : reference(reference), count(0), sum(0), squares(0) {}

  __device__ __forceinline__ void add(float n, float mean, float m2) {
    float d = mean - reference;
    count += n;
    sum = fmaf(n, d, sum);
    squares += fmaf(n * d, d, m2);
  }
  __device__ float mean() const { return count > 0 ? reference + sum / count : 0.0f; }
  __device__ float m2() const { return count > 0 ? fmaxf(squares - sum * (sum / count), 0.0f) : 0.0f; }
};

// partial [shares, 2, channels] is scratch: the mean and m2 of a share of the rows. Writes mean and
// 1 / sqrt(var + eps), and moves the running statistics.
//
// Every thread sums up around the first value that it sees.
template <class T, int V>
static __device__ __forceinline__ void statistics(int rows, int channels, const T *x, float *partial, float eps,
                                                       float momentum, float *running_mean, float *running_var,
                                                       float *mean, float *inv_std, unsigned *counters) {
  NormPlace<V> place(rows, channels);
  int count = place.count(threadIdx.y);
  float pivot[V] = {}, sum[V] = {}, squares[V] = {};
  if (place.mine() && count > 0) {
    Piece<T, V> first;
    first.load(x + (size_t)(place.from + threadIdx.y) * channels + place.channel);
#pragma unroll
    for (int v = 0; v < V; v++) pivot[v] = first[v];
    const T *tensors[1] = {x};
    place.rows(tensors, [&](size_t, const Piece<T, V> (&p)[1]) {
#pragma unroll
      for (int v = 0; v < V; v++) {
        float d = p[0][v] - pivot[v];
        sum[v] += d;
        squares[v] = fmaf(d, d, squares[v]);
      }
    });
#pragma unroll
    for (int v = 0; v < V; v++) {
      float distance = sum[v] / count;
      squares[v] = fmaxf(squares[v] - sum[v] * distance, 0.0f);
      sum[v] = pivot[v] + distance;
    }
  }
  float *means = norm_exchange(0), *m2s = norm_exchange(1);
  put(means, sum);
  put(m2s, squares);
  __syncthreads();
  Slice slice(blockDim.x * V);
  int c = blockIdx.x * slice.width + slice.channel;
  if (slice.first == 0 && c < channels) {
    Merging merging(means[slice.channel]);
    for (int y = 0; y < (int)blockDim.y && place.count(y) > 0; y++) {
      merging.add(place.count(y), means[y * slice.width + slice.channel], m2s[y * slice.width + slice.channel]);
    }
    partial[(size_t)2 * blockIdx.y * channels + c] = merging.mean();
    partial[(size_t)(2 * blockIdx.y + 1) * channels + c] = merging.m2();
  }
  if (!last_of_group(counters)) return;
  Merging merging(c < channels ? __ldcg(partial + c) : 0.0f);
  if (c < channels) {
#pragma unroll 8
    for (int s = slice.first; s < (int)gridDim.y; s += slice.step) {
      RowShare share = row_share(rows, s, gridDim.y);
      const float *from = partial + (size_t)2 * s * channels + c;
      merging.add(share.to - share.from, __ldcg(from), __ldcg(from + channels));
    }
  }
  merging.count = rows;
  merging.sum = sum_of_slices(slice, merging.sum);
  merging.squares = sum_of_slices(slice, merging.squares);
  if (slice.first == 0 && c < channels) {
    mean[c] = merging.mean();
    inv_std[c] = 1 / sqrtf(merging.m2() / rows + eps);
    running_mean[c] = (1 - momentum) * running_mean[c] + momentum * merging.mean();
    running_var[c] = (1 - momentum) * running_var[c] + momentum * (merging.m2() / max(rows - 1, 1));
  }
}

// ---- the passes that apply them -----------------------------------------------------------------

// What a thread knows of its channels. Forward and backward must agree on the sign of z to the last
// bit, so both have it from here.
template <int V> struct Channels {
  float mean[V], factor[V], beta[V], slope[V];

  __device__ __forceinline__ Channels(int c, const float *mean, const float *inv_std, const float *gamma, const float *beta,
                      const float *slope) {
#pragma unroll
    for (int v = 0; v < V; v++) {
      this->mean[v] = mean[c + v];
      factor[v] = gamma[c + v] * inv_std[c + v];
      this->beta[v] = beta[c + v];
      this->slope[v] = slope ? slope[c + v] : 1.0f;
    }
  }

  __device__ __forceinline__ float centred(int v, float x) const { return x - mean[v]; }
  __device__ __forceinline__ float z(int v, float centred) const { return fmaf(factor[v], centred, beta[v]); }
};

// y = z, prelu(z) with slope, z + residual with residual.
template <class T, int V>
static __device__ __forceinline__ void apply(int rows, int channels, const T *x, const float *mean, const float *inv_std,
                                                  const float *gamma, const float *beta, const float *slope,
                                                  const T *residual, T *y) {
  NormPlace<V> place(rows, channels);
  if (!place.mine()) return;
  Channels<V> k(place.channel, mean, inv_std, gamma, beta, slope);
  if (residual) {
    const T *tensors[2] = {x, residual};
    place.rows(tensors, [&](size_t at, const Piece<T, V> (&p)[2]) {
      float out[V];
#pragma unroll
      for (int v = 0; v < V; v++) out[v] = k.z(v, k.centred(v, p[0][v])) + p[1][v];
      Piece<T, V>::store(y + at, out);
    });
  } else {
    const T *tensors[1] = {x};
    place.rows(tensors, [&](size_t at, const Piece<T, V> (&p)[1]) {
      float out[V];
#pragma unroll
      for (int v = 0; v < V; v++) {
        float z = k.z(v, k.centred(v, p[0][v]));
        out[v] = z > 0 ? z : k.slope[v] * z;
      }
      Piece<T, V>::store(y + at, out);
    });
  }
}

// partial [shares, 3, channels] is scratch: sums over a share of the rows. Writes dbeta = sum dz,
// dgamma = inv_std * sum dz (x - mean) and, with slope, dslope = sum dy z where z <= 0.
template <class T, int V>
static __device__ __forceinline__ void backward_sums(int rows, int channels, const T *x, const float *mean,
                                                          const float *inv_std, const float *gamma, const float *beta,
                                                          const float *slope, const T *dy, float *partial,
                                                          float *dgamma, float *dbeta, float *dslope,
                                                          unsigned *counters) {
  NormPlace<V> place(rows, channels);
  float sums[3][V] = {};
  if (place.mine()) {
    Channels<V> k(place.channel, mean, inv_std, gamma, beta, slope);
    const T *tensors[2] = {x, dy};
    if (slope) {
      place.rows(tensors, [&](size_t, const Piece<T, V> (&p)[2]) {
#pragma unroll
        for (int v = 0; v < V; v++) {
          float d = k.centred(v, p[0][v]), z = k.z(v, d), g = p[1][v];
          float dz = z > 0 ? g : k.slope[v] * g;
          sums[0][v] += dz;
          sums[1][v] = fmaf(dz, d, sums[1][v]);
          sums[2][v] = fmaf(g, z > 0 ? 0.0f : z, sums[2][v]);
        }
      });
    } else {
      place.rows(tensors, [&](size_t, const Piece<T, V> (&p)[2]) {
#pragma unroll
        for (int v = 0; v < V; v++) {
          sums[0][v] += p[1][v];
          sums[1][v] = fmaf(p[1][v], k.centred(v, p[0][v]), sums[1][v]);
        }
      });
    }
  }
  Slice slice(blockDim.x * V);
  int c = blockIdx.x * slice.width + slice.channel;
  int quantities = slope ? 3 : 2;
#pragma unroll
  for (int q = 0; q < 3; q++) {
    if (q == quantities) break;
    float *numbers = norm_exchange(q % 2);
    if (q == 2) __syncthreads();
    put(numbers, sums[q]);
    __syncthreads();
    if (slice.first == 0 && c < channels) {
      float sum = 0;
      for (int y = 0; y < (int)blockDim.y; y++) sum += numbers[y * slice.width + slice.channel];
      partial[(size_t)(3 * blockIdx.y + q) * channels + c] = sum;
    }
  }
  if (!last_of_group(counters)) return;
  float total[3] = {};
  if (c < channels) {
#pragma unroll 4
    for (int s = slice.first; s < (int)gridDim.y; s += slice.step) {
      const float *from = partial + (size_t)3 * s * channels + c;
      total[0] += __ldcg(from);
      total[1] += __ldcg(from + channels);
      if (slope) total[2] += __ldcg(from + 2 * channels);
    }
  }
  for (int q = 0; q < quantities; q++) total[q] = sum_of_slices(slice, total[q]);
  if (slice.first == 0 && c < channels) {
    dbeta[c] = total[0];
    dgamma[c] = inv_std[c] * total[1];
    if (slope) dslope[c] = total[2];
  }
}

// dx = gamma * inv_std * (dz - dbeta / rows - xhat * dgamma / rows), without the means where the
// statistics were given.
template <class T, int V>
static __device__ __forceinline__ void backward_input(int rows, int channels, int batch_statistics, const T *x,
                                                           const float *mean, const float *inv_std, const float *gamma,
                                                           const float *beta, const float *slope, const T *dy,
                                                           const float *dgamma, const float *dbeta, T *dx) {
  NormPlace<V> place(rows, channels);
  if (!place.mine()) return;
  Channels<V> k(place.channel, mean, inv_std, gamma, beta, slope);
  float mean_dz[V], per_distance[V];
#pragma unroll
  for (int v = 0; v < V; v++) {
    int c = place.channel + v;
    mean_dz[v] = batch_statistics ? dbeta[c] / rows : 0;
    per_distance[v] = batch_statistics ? inv_std[c] * (dgamma[c] / rows) : 0;
  }
  const T *tensors[2] = {x, dy};
  place.rows(tensors, [&](size_t at, const Piece<T, V> (&p)[2]) {
    float out[V];
#pragma unroll
    for (int v = 0; v < V; v++) {
      float d = k.centred(v, p[0][v]), g = p[1][v];
      float dz = slope && !(k.z(v, d) > 0) ? k.slope[v] * g : g;
      out[v] = k.factor[v] * (dz - mean_dz[v] - d * per_distance[v]);
    }
    Piece<T, V>::store(dx + at, out);
  });
}

// ---- the kernels: for tensors of TENSOR, under names that NAME makes, both defined by the .cu file -----

static __device__ unsigned counters[NORM_COUNTERS];

// 4 channels at once where `pieces` is 4: their number is a multiple of 4, tensors are aligned to so many.
extern "C" __global__ void __launch_bounds__(NORM_THREADS, 2) NAME(norm_statistics)(
    int rows, int channels, int pieces, const TENSOR *x, float *partial, float eps, float momentum, float *running_mean,
    float *running_var, float *mean, float *inv_std) {
  if (pieces == 4) {
    statistics<TENSOR, 4>(rows, channels, x, partial, eps, momentum, running_mean, running_var, mean, inv_std, counters);
  } else {
    statistics<TENSOR, 1>(rows, channels, x, partial, eps, momentum, running_mean, running_var, mean, inv_std, counters);
  }
}

extern "C" __global__ void __launch_bounds__(NORM_THREADS, 2) NAME(norm_apply)(
    int rows, int channels, int pieces, const TENSOR *x, const float *mean, const float *inv_std, const float *gamma,
    const float *beta, const float *slope, const TENSOR *residual, TENSOR *y) {
  if (pieces == 4) {
    apply<TENSOR, 4>(rows, channels, x, mean, inv_std, gamma, beta, slope, residual, y);
  } else {
    apply<TENSOR, 1>(rows, channels, x, mean, inv_std, gamma, beta, slope, residual, y);
  }
}

extern "C" __global__ void __launch_bounds__(NORM_THREADS, 2) NAME(norm_backward_sums)(
    int rows, int channels, int pieces, const TENSOR *x, const float *mean, const float *inv_std, const float *gamma,
    const float *beta, const float *slope, const TENSOR *dy, float *partial, float *dgamma, float *dbeta, float *dslope) {
  if (pieces == 4) {
    backward_sums<TENSOR, 4>(rows, channels, x, mean, inv_std, gamma, beta, slope, dy, partial, dgamma, dbeta, dslope, counters);
  } else {
    backward_sums<TENSOR, 1>(rows, channels, x, mean, inv_std, gamma, beta, slope, dy, partial, dgamma, dbeta, dslope, counters);
  }
}

extern "C" __global__ void __launch_bounds__(NORM_THREADS, 2) NAME(norm_backward_input)(
    int rows, int channels, int pieces, const TENSOR *x, const float *mean, const float *inv_std,
    const float *gamma, const float *beta, const float *slope, const TENSOR *dy, const float *dgamma, const float *dbeta,
    int batch_statistics, TENSOR *dx) {
  if (pieces == 4) {
    backward_input<TENSOR, 4>(rows, channels, batch_statistics, x, mean, inv_std, gamma, beta, slope, dy, dgamma, dbeta, dx);
  } else {
    backward_input<TENSOR, 1>(rows, channels, batch_statistics, x, mean, inv_std, gamma, beta, slope, dy, dgamma, dbeta, dx);
  }
}
