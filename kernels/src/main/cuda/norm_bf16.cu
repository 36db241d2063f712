// Batch normalisation of bf16 tensors; see norm.cuh.
#include "norm.cuh"

static __device__ unsigned counters[NORM_COUNTERS];

// 4 channels at once where `pieces` is 4: their number is a multiple of 4, tensors are aligned to so many.
extern "C" __global__ void __launch_bounds__(NORM_THREADS, 2) norm_statistics_bf16(
    int rows, int channels, int pieces, const bf16 *x, float *partial, float eps, float momentum, float *running_mean,
    float *running_var, float *mean, float *inv_std) {
  if (pieces == 4) {
    statistics<bf16, 4>(rows, channels, x, partial, eps, momentum, running_mean, running_var, mean, inv_std, counters);
  } else {
    statistics<bf16, 1>(rows, channels, x, partial, eps, momentum, running_mean, running_var, mean, inv_std, counters);
  }
}

extern "C" __global__ void __launch_bounds__(NORM_THREADS, 2) norm_apply_bf16(
    int rows, int channels, int pieces, const bf16 *x, const float *mean, const float *inv_std, const float *gamma,
    const float *beta, const float *slope, const bf16 *residual, bf16 *y) {
  if (pieces == 4) {
    apply<bf16, 4>(rows, channels, x, mean, inv_std, gamma, beta, slope, residual, y);
  } else {
    apply<bf16, 1>(rows, channels, x, mean, inv_std, gamma, beta, slope, residual, y);
  }
}

extern "C" __global__ void __launch_bounds__(NORM_THREADS, 2) norm_backward_sums_bf16(
    int rows, int channels, int pieces, const bf16 *x, const float *mean, const float *inv_std, const float *gamma,
    const float *beta, const float *slope, const bf16 *dy, float *partial, float *dgamma, float *dbeta, float *dslope) {
  if (pieces == 4) {
    backward_sums<bf16, 4>(rows, channels, x, mean, inv_std, gamma, beta, slope, dy, partial, dgamma, dbeta, dslope, counters);
  } else {
    backward_sums<bf16, 1>(rows, channels, x, mean, inv_std, gamma, beta, slope, dy, partial, dgamma, dbeta, dslope, counters);
  }
}

extern "C" __global__ void __launch_bounds__(NORM_THREADS, 2) norm_backward_input_bf16(
    int rows, int channels, int pieces, const bf16 *x, const float *mean, const float *inv_std,
    const float *gamma, const float *beta, const float *slope, const bf16 *dy, const float *dgamma, const float *dbeta,
    int batch_statistics, bf16 *dx) {
  if (pieces == 4) {
    backward_input<bf16, 4>(rows, channels, batch_statistics, x, mean, inv_std, gamma, beta, slope, dy, dgamma, dbeta, dx);
  } else {
    backward_input<bf16, 1>(rows, channels, batch_statistics, x, mean, inv_std, gamma, beta, slope, dy, dgamma, dbeta, dx);
  }
}
