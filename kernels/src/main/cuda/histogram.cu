// Soft histograms and the distances between them (HistogramKernels). Some thousand similarities,
// some thousand nodes: what needs all of them at once is left to one block.
#include "common.cuh"

// exp(-gamma (s - t)^2)
static __device__ __forceinline__ float bell(float gamma, float d) { return expf(-gamma * d * d); }

// The node t_r, rounded once.
static __device__ __forceinline__ float node(double low, double step, int r) { return (float)(low + r * step); }

// weight[k] = 1 for those above the threshold, which is 0 if only positive ones are wanted and
// there are any; count[0] = their number. One block.
extern "C" __global__ void select_samples(int n, int positive_only, float no_sample_limit, const float *s,
                                          float *weight, float *count) {
  int positive = 0;
  for (int k = threadIdx.x; k < n; k += blockDim.x) positive |= s[k] > 0;
  int any = __syncthreads_or(positive);
  float threshold = positive_only && any ? 0.0f : no_sample_limit, mine = 0;
  for (int k = threadIdx.x; k < n; k += blockDim.x) {
    float takes_part = s[k] > threshold ? 1.0f : 0.0f;
    weight[k] = takes_part;
    mine += takes_part;
  }
  mine = block_sum(mine);
  if (threadIdx.x == 0) count[0] = mine;
}

// h_r, a warp for each node.
extern "C" __global__ void soft_histogram(int n, int nodes, double low, double step, float gamma, const float *s,
                                          const float *weight, float *h) {
  int r = grid_thread() / 32, lane = threadIdx.x % 32;
  if (r >= nodes) return;
  float t = node(low, step, r), sum = 0;
  for (int k = lane; k < n; k += 32) sum = fmaf(weight[k], bell(gamma, s[k] - t), sum);
  sum = warp_sum(sum);
  if (lane == 0) h[r] = sum;
}

// z = the sum of h, p = h / z, in place. One block.
extern "C" __global__ void soft_histogram_divide(int nodes, float *p, float *z) {
  float sum = 0;
  for (int r = threadIdx.x; r < nodes; r += blockDim.x) sum += p[r];
  sum = block_sum(sum);
  for (int r = threadIdx.x; r < nodes; r += blockDim.x) p[r] = sum == 0 ? 0.0f : p[r] / sum;
  if (threadIdx.x == 0) z[0] = sum;
}

#define SAMPLES_PER_WARP 4

// A warp has 4 similarities, one after the other, and its lanes share the nodes.
extern "C" __global__ void soft_histogram_backward(int n, int nodes, double low, double step, float gamma,
                                                   const float *s, const float *weight, const float *p,
                                                   const float *z, const float *dp, float *ds) {
  float mean = 0;  // Gbar, by every block for itself
  for (int r = threadIdx.x; r < nodes; r += blockDim.x) mean = fmaf(dp[r], p[r], mean);
  mean = block_sum(mean);
  int lane = threadIdx.x % 32, warp = (blockIdx.x * blockDim.x + threadIdx.x) / 32;
  for (int k = warp * SAMPLES_PER_WARP; k < min(n, (warp + 1) * SAMPLES_PER_WARP); k++) {
    float similarity = s[k], sum = 0;
    for (int r = lane; r < nodes; r += 32) {
      float d = similarity - node(low, step, r);
      sum = fmaf((dp[r] - mean) * (-2 * gamma * d), bell(gamma, d), sum);
    }
    sum = warp_sum(sum);
    if (lane == 0) ds[k] = weight[k] == 0 || z[0] == 0 ? 0.0f : weight[k] / z[0] * sum;
  }
}

// Whether one of the two histograms is empty. Every thread of the block must call it.
static __device__ bool one_is_empty(int nodes, const float *p, const float *q) {
  int in_p = 0, in_q = 0;
  for (int r = threadIdx.x; r < nodes; r += blockDim.x) {
    in_p |= p[r] != 0;
    in_q |= q[r] != 0;
  }
  in_p = __syncthreads_or(in_p);
  in_q = __syncthreads_or(in_q);
  return !in_p || !in_q;
}

// One block.
extern "C" __global__ void divergence(int nodes, float alpha, float e, const float *p, const float *q, float *y) {
  bool none = one_is_empty(nodes, p, q);
  float sum = 0;
  for (int r = threadIdx.x; r < nodes; r += blockDim.x) {
    sum = fmaf(p[r] + e, logf(p[r] + e) - logf(q[r] + e), sum);
  }
  sum = block_sum(sum);
  if (threadIdx.x == 0) y[0] = none ? 0.0f : alpha * sum;
}

// One block.
extern "C" __global__ void divergence_backward(int nodes, float alpha, float e, const float *p, const float *q,
                                               const float *dy, float *dp, float *dq) {
  bool none = one_is_empty(nodes, p, q);
  float factor = alpha * dy[0];
  for (int r = threadIdx.x; r < nodes; r += blockDim.x) {
    float ratio = (p[r] + e) / (q[r] + e);
    dp[r] = none ? 0.0f : factor * (logf(ratio) + 1);
    dq[r] = none ? 0.0f : -factor * ratio;
  }
}

// One block.
extern "C" __global__ void weighted_mean(int n, const float *s, const float *weight, const float *count, float *y) {
  float sum = 0;
  for (int k = threadIdx.x; k < n; k += blockDim.x) sum = fmaf(weight[k], s[k], sum);
  sum = block_sum(sum);
  if (threadIdx.x == 0) y[0] = count[0] == 0 ? 0.0f : sum / count[0];
}

extern "C" __global__ void weighted_mean_backward(int n, float alpha, const float *weight, const float *count,
                                                  const float *dy, float *ds) {
  float share = count[0] == 0 ? 0.0f : alpha * dy[0] / count[0];
  for (int k = grid_thread(); k < n; k += grid_threads()) ds[k] = share * weight[k];
}

// y and dmeans; a handful of branches, one thread.
extern "C" __global__ void order_loss(int branches, float alpha, const float *means, const float *counts, float *y,
                                      float *dmeans) {
  float sum = 0;
  for (int i = 0; i < 2 * branches; i++) dmeans[i] = 0;
  for (int i = branches; i < 2 * branches; i++) {
    for (int j = 0; j < branches; j++) {
      if (counts[i] > 0 && counts[j] > 0) {
        sum += means[i] - means[j];
        dmeans[i] += alpha;
        dmeans[j] -= alpha;
      }
    }
  }
  y[0] = alpha * sum;
}
