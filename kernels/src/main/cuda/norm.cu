// Batch normalisation of float32 tensors; see norm.cuh.
#include "norm.cuh"

static __device__ unsigned counters[NORM_COUNTERS];

// 4 channels at once where `pieces` is 4: their number is a multiple of 4, tensors are aligned to so many.
extern "C" __global__ void __launch_bounds__(NORM_THREADS, 2) norm_statistics(
    int rows, int channels, int pieces, const float *x, float *partial, float eps, float momentum, float *running_mean,
    float *running_var, float *mean, float *inv_std) {
  if (pieces == 4) {
    statistics<float, 4>(rows, channels, x, partial, eps, momentum, running_mean, running_var, mean, inv_std, counters);
  } else {
    statistics<float, 1>(rows, channels, x, partial, eps, momentum, running_mean, running_var, mean, inv_std, counters);
  }
}

extern "C" __global__ void __launch_bounds__(NORM_THREADS, 2) norm_apply(
    int rows, int channels, int pieces, const float *x, const float *mean, const float *inv_std, const float *gamma,
    const float *beta, const float *slope, const float *residual, float *y) {
  if (pieces == 4) {
    apply<float, 4>(rows, channels, x, mean, inv_std, gamma, beta, slope, residual, y);
  } else {
    apply<float, 1>(rows, channels, x, mean, inv_std, gamma, beta, slope, residual, y);
  }
}

extern "C" __global__ void __launch_bounds__(NORM_THREADS, 2) norm_backward_sums(
    int rows, int channels, int pieces, const float *x, const float *mean, const float *inv_std, const float *gamma,
    const float *beta, const float *slope, const float *dy, float *partial, float *dgamma, float *dbeta, float *dslope) {
  if (pieces == 4) {
    backward_sums<float, 4>(rows, channels, x, mean, inv_std, gamma, beta, slope, dy, partial, dgamma, dbeta, dslope, counters);
  } else {
    backward_sums<float, 1>(rows, channels, x, mean, inv_std, gamma, beta, slope, dy, partial, dgamma, dbeta, dslope, counters);
  }
}

extern "C" __global__ void __launch_bounds__(NORM_THREADS, 2) norm_backward_input(
    int rows, int channels, int pieces, const float *x, const float *mean, const float *inv_std,
    const float *gamma, const float *beta, const float *slope, const float *dy, const float *dgamma, const float *dbeta,
    int batch_statistics, float *dx) {
  if (pieces == 4) {
    backward_input<float, 4>(rows, channels, batch_statistics, x, mean, inv_std, gamma, beta, slope, dy, dgamma, dbeta, dx);
  } else {
    backward_input<float, 1>(rows, channels, batch_statistics, x, mean, inv_std, gamma, beta, slope, dy, dgamma, dbeta, dx);
  }
}

extern "C" __global__ void norm_inverse_std(int channels, const float *var, float eps, float *inv_std) {
  for (int c = grid_thread(); c < channels; c += grid_threads()) inv_std[c] = 1 / sqrtf(var[c] + eps);
}
