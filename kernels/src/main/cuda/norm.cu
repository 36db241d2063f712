// Batch normalisation of [rows, channels], fused with PReLU or the residual's addition that follows
// (NormKernels). Statistics take one pass over x: every thread sums up around the first value that
// it sees, and what threads found is merged by the formula of Chan, Golub and LeVeque (1979), so
// that no large numbers cancel.
#include "common.cuh"

// How many numbers, their mean, and the sum of their squared distances from it.
struct Moments {
  float count, mean, m2;
};

static __device__ Moments merge(Moments a, Moments b) {
  float count = a.count + b.count;
  if (count == 0) return a;
  float delta = b.mean - a.mean, weight = b.count / count;
  return {count, fmaf(delta, weight, a.mean), a.m2 + b.m2 + delta * delta * a.count * weight};
}

// Merges what the 8 threads of a column have; right where threadIdx.y == 0.
static __device__ Moments merge_in_block(Moments mine) {
  __shared__ Moments all[ROW_THREADS][COLUMN_THREADS];
  all[threadIdx.y][threadIdx.x] = mine;
  __syncthreads();
  Moments merged = all[0][threadIdx.x];
  for (int y = 1; y < ROW_THREADS; y++) merged = merge(merged, all[y][threadIdx.x]);
  return merged;
}

// partial [shares, 2, channels]: the mean and m2 of a share of the rows.
extern "C" __global__ void norm_moments(int rows, int channels, const float *x, float *partial) {
  int c = block_column();
  RowShare share = row_share(rows, blockIdx.y, gridDim.y);
  Moments mine = {0, 0, 0};
  int first = share.from + threadIdx.y;
  if (c < channels && first < share.to) {
    float pivot = x[(size_t)first * channels + c], sum = 0, squares = 0;
    int count = 0;
    for (int r = first; r < share.to; r += ROW_THREADS) {
      float d = x[(size_t)r * channels + c] - pivot;
      sum += d;
      squares = fmaf(d, d, squares);
      count++;
    }
    mine = {(float)count, pivot + sum / count, fmaxf(squares - sum * (sum / count), 0.0f)};
  }
  Moments merged = merge_in_block(mine);
  if (c < channels && threadIdx.y == 0) {
    partial[(2 * blockIdx.y) * channels + c] = merged.mean;
    partial[(2 * blockIdx.y + 1) * channels + c] = merged.m2;
  }
}

// Merges the shares; writes mean and 1 / sqrt(var + eps), and moves the running statistics.
extern "C" __global__ void norm_statistics(int rows, int channels, int shares, const float *partial, float eps,
                                           float momentum, float *running_mean, float *running_var, float *mean,
                                           float *inv_std) {
  int c = block_column();
  Moments mine = {0, 0, 0};
  if (c < channels) {
    for (int s = threadIdx.y; s < shares; s += ROW_THREADS) {
      RowShare share = row_share(rows, s, shares);
      mine = merge(mine, {(float)(share.to - share.from), partial[(2 * s) * channels + c],
                          partial[(2 * s + 1) * channels + c]});
    }
  }
  Moments merged = merge_in_block(mine);
  if (c < channels && threadIdx.y == 0) {
    mean[c] = merged.mean;
    inv_std[c] = 1 / sqrtf(merged.m2 / rows + eps);
    running_mean[c] = (1 - momentum) * running_mean[c] + momentum * merged.mean;
    running_var[c] = (1 - momentum) * running_var[c] + momentum * (merged.m2 / max(rows - 1, 1));
  }
}

extern "C" __global__ void norm_inverse_std(int channels, const float *var, float eps, float *inv_std) {
  for (int c = grid_thread(); c < channels; c += grid_threads()) inv_std[c] = 1 / sqrtf(var[c] + eps);
}

// What a thread knows of its channel.
struct Channel {
  float mean, inv_std, gamma, beta, slope;
};

static __device__ Channel channel(int c, const float *mean, const float *inv_std, const float *gamma,
                                  const float *beta, const float *slope) {
  return {mean[c], inv_std[c], gamma[c], beta[c], slope ? slope[c] : 1.0f};
}

// Forward and backward must agree on the sign of z to the last bit, so both have it from here.
static __device__ __forceinline__ float normalized(Channel k, float x) { return (x - k.mean) * k.inv_std; }
static __device__ __forceinline__ float affine(Channel k, float xhat) { return fmaf(k.gamma, xhat, k.beta); }

// y = z, prelu(z) with slope, z + residual with residual.
extern "C" __global__ void norm_apply(int rows, int channels, const float *x, const float *mean,
                                      const float *inv_std, const float *gamma, const float *beta,
                                      const float *slope, const float *residual, float *y) {
  int c = block_column();
  if (c >= channels) return;
  Channel k = channel(c, mean, inv_std, gamma, beta, slope);
  RowShare share = row_share(rows, blockIdx.y, gridDim.y);
#pragma unroll 4
  for (int r = share.from + threadIdx.y; r < share.to; r += ROW_THREADS) {
    size_t i = (size_t)r * channels + c;
    float z = affine(k, normalized(k, x[i]));
    if (!(z > 0)) z *= k.slope;
    y[i] = residual ? z + residual[i] : z;
  }
}

// partial [shares, 3, channels]: the sums of dz, of dz * xhat, and of dy * z where z <= 0.
extern "C" __global__ void norm_backward_sums(int rows, int channels, const float *x, const float *mean,
                                              const float *inv_std, const float *gamma, const float *beta,
                                              const float *slope, const float *dy, float *partial) {
  int c = block_column();
  RowShare share = row_share(rows, blockIdx.y, gridDim.y);
  float sum_dz = 0, sum_dz_xhat = 0, sum_dy_z = 0;
  if (c < channels) {
    Channel k = channel(c, mean, inv_std, gamma, beta, slope);
#pragma unroll 4
    for (int r = share.from + threadIdx.y; r < share.to; r += ROW_THREADS) {
      size_t i = (size_t)r * channels + c;
      float xhat = normalized(k, x[i]), z = affine(k, xhat), d = dy[i];
      float dz = z > 0 ? d : k.slope * d;
      sum_dz += dz;
      sum_dz_xhat = fmaf(dz, xhat, sum_dz_xhat);
      if (!(z > 0)) sum_dy_z = fmaf(d, z, sum_dy_z);
    }
  }
  sum_dz = column_sum_of_block(sum_dz);
  sum_dz_xhat = column_sum_of_block(sum_dz_xhat);
  sum_dy_z = column_sum_of_block(sum_dy_z);
  if (c < channels && threadIdx.y == 0) {
    float *to = partial + (size_t)3 * blockIdx.y * channels + c;
    to[0] = sum_dz;
    to[channels] = sum_dz_xhat;
    to[2 * channels] = sum_dy_z;
  }
}

// Adds up the shares: dbeta, dgamma and, unless null, dslope.
extern "C" __global__ void norm_backward_parameters(int channels, int shares, const float *partial, float *dgamma,
                                                    float *dbeta, float *dslope) {
  int c = block_column();
  float sums[3] = {0, 0, 0};
  if (c < channels) {
    for (int s = threadIdx.y; s < shares; s += ROW_THREADS) {
      for (int i = 0; i < 3; i++) sums[i] += partial[(size_t)(3 * s + i) * channels + c];
    }
  }
  for (int i = 0; i < 3; i++) sums[i] = column_sum_of_block(sums[i]);
  if (c < channels && threadIdx.y == 0) {
    dbeta[c] = sums[0];
    dgamma[c] = sums[1];
    if (dslope) dslope[c] = sums[2];
  }
}

// dx = gamma * inv_std * (dz - dbeta / rows - xhat * dgamma / rows), without the means where the
// statistics were given.
extern "C" __global__ void norm_backward_input(int rows, int channels, int batch_statistics, const float *x,
                                               const float *mean, const float *inv_std, const float *gamma,
                                               const float *beta, const float *slope, const float *dy,
                                               const float *dgamma, const float *dbeta, float *dx) {
  int c = block_column();
  if (c >= channels) return;
  Channel k = channel(c, mean, inv_std, gamma, beta, slope);
  float mean_dz = batch_statistics ? dbeta[c] / rows : 0;
  float mean_dz_xhat = batch_statistics ? dgamma[c] / rows : 0;
  float factor = k.gamma * k.inv_std;
  RowShare share = row_share(rows, blockIdx.y, gridDim.y);
#pragma unroll 4
  for (int r = share.from + threadIdx.y; r < share.to; r += ROW_THREADS) {
    size_t i = (size_t)r * channels + c;
    float xhat = normalized(k, x[i]), d = dy[i];
    float dz = affine(k, xhat) > 0 ? d : k.slope * d;
    dx[i] = factor * (dz - mean_dz - xhat * mean_dz_xhat);
  }
}
